/* Constants without a penalty, targets of any mean and size, and what is said of the
   network that is saved. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "convex/norms.h"
#include "convex/program.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"
#include "model/model.h"
#include "model/model_file.h"
#include "support/problem.h"

static const char *const ways[] = {
    "--patterns 9 --formulation relu --tolerance 1e-9 --max-iterations 400",
    "--patterns 9 --formulation relu --primal block-pcg --tolerance 1e-9 "
    "--max-iterations 400 --inner-tolerance 1e-3",
    "--patterns 9 --formulation gated --tolerance 1e-9 --max-iterations 400",
    "--patterns 9 --formulation gated --solver fista --tolerance 1e-9 "
    "--max-iterations 400",
    "--patterns 40 --formulation gated-ridge",
    "--patterns 3 --formulation gated-ridge"};
enum { WAYS = sizeof ways / sizeof *ways };

/* The test data with targets a y + c. */
static cvr_dataset *moved(cvr_comm *comm, cvr_type type, int64_t C, double a, double c)
{
    cvr_dataset *data = cvr_test_data(comm, type, 61, 5, C);
    for (int64_t i = 0; i < data->Y.rows; i++)
        for (int64_t k = 0; k < C; k++)
            cvr_set(data->Y, i, k, a * cvr_get(data->Y, i, k) + c * (double)(k + 1));
    return data;
}

static cvr_progress solve_moved(cvr_type type, int64_t C, double a, double c,
                                const char *text)
{
    cvr_dataset *data = moved(cvr_test_alone, type, C, a, c);
    cvr_progress r = cvr_test_solve(data, cvr_test_alone, text);
    cvr_dataset_free(data);
    return r;
}

static void any_mean_and_size_of_the_targets_is_fitted_alike(void **state)
{
    static const double moves[][2] = {{1, 1000}, {1e6, 0}, {1e-6, -3e-3}, {-1, 0}};
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int i = 0; i < WAYS; i++)
            for (int64_t C = 1; C <= 2; C++) {
                cvr_progress plain = solve_moved(type, C, 1, 0, ways[i]);
                for (size_t k = 0; k < sizeof moves / sizeof *moves; k++) {
                    cvr_progress r =
                        solve_moved(type, C, moves[k][0], moves[k][1], ways[i]);
                    double apart = fabs(r.train.r2 - plain.train.r2);
                    if (!(apart <= (type == CVR_DOUBLE ? 1e-6 : 1e-3)))
                        fail_msg("%s, type %d, moved by %g, %g: r2 %.9g, not %.9g",
                                 ways[i], type, moves[k][0], moves[k][1], r.train.r2,
                                 plain.train.r2);
                }
            }
}

/* Penalty, objective and bounds are in the user's unit: y -> a y, beta -> a beta. */
static void options_and_bounds_stay_in_the_unit_of_the_targets(void **state)
{
    static const char *const text = "--patterns 9 --formulation %s --beta %g "
                                    "--tolerance 1e-8 --max-iterations 20000";
    static const char *const names[] = {"relu", "gated", "gated-ridge"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        char one[160], other[160];
        double a = 3e4;
        snprintf(one, sizeof one, text, names[i], 0.7);
        snprintf(other, sizeof other, text, names[i], i < 2 ? 0.7 * a : 0.7);
        cvr_progress r = solve_moved(CVR_DOUBLE, 1, 1, 0, one);
        cvr_progress s = solve_moved(CVR_DOUBLE, 1, a, 1e7, other);
        assert_int_equal(CVR_CONVERGED, r.outcome);
        assert_true(fabs(s.upper_bound / (a * a) - r.upper_bound) <=
                    2e-8 * r.upper_bound);
        assert_true(fabs(s.lower_bound / (a * a) - r.lower_bound) <=
                    2e-8 * r.upper_bound);
        assert_true(fabs(s.objective / (a * a) - r.objective) <= 2e-8 * r.upper_bound);
    }
}

/* What is reported is what the saved file does; converged says that its objective is
   proven. */
static void the_result_speaks_of_the_saved_network(void **state)
{
    (void)state;
    for (int free = 0; free < 2; free++)
        for (int i = 0; i < WAYS; i++) {
            char path[] = "/tmp/cvr_test_bias_XXXXXX";
            cvr_model m = {0}, back = {0};
            cvr_score score;
            cvr_test_bias = free ? CVR_BIAS_FREE : CVR_BIAS_NONE;
            cvr_dataset *data = moved(cvr_test_alone, CVR_DOUBLE, 2, 2, free ? 30 : 0);
            cvr_test_run run = cvr_test_start(data, cvr_test_alone, ways[i]);
            assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
            close(mkstemp(path));
            assert_int_equal(CVR_OK, cvr_model_save(&m, path));
            assert_int_equal(CVR_OK, cvr_model_load(path, &back));
            unlink(path);
            assert_int_equal(CVR_OK,
                             cvr_model_score(&back, data, cvr_test_alone, &score));
            assert_true(fabs(score.loss - run.result.train.loss) <= 1e-9 * score.loss);
            assert_true(!(run.result.objective > run.result.upper_bound));
            cvr_model_free(&m);
            cvr_model_free(&back);
            cvr_test_end(&run);
            cvr_dataset_free(data);
        }
    cvr_test_bias = CVR_BIAS_FREE;
}

/* What beta multiplies, of a saved model of one output with a free bias. */
static double penalty_of(const cvr_model *m, bool ridge)
{
    double sum = 0;
    for (int64_t k = 0; k < m->layers[0].W.rows; k++) {
        cvr_mat w = cvr_mat_part(m->layers[0].W, k, 0, 1, m->layers[0].W.cols);
        double size2 = cvr_dot(w, w);
        double out = m->kind == CVR_GATED ? 1 : fabs(cvr_get(m->layers[1].W, 0, k));
        sum += ridge ? size2 / 2 : sqrt(size2) * out;
    }
    return sum;
}

/* benchmarks/small_runs.py in short. */
static void check_small_run(int64_t n, const char *formulation, double beta,
                            double tolerance)
{
    char text[200];
    cvr_model m = {0};
    cvr_score score;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, n, 4, 1);
    snprintf(text, sizeof text, "--patterns 8 --formulation %s --beta %g --tolerance %g",
             formulation, beta, tolerance);
    cvr_test_run run = cvr_test_start(data, cvr_test_alone, text);
    const cvr_progress *r = &run.result;
    assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
    assert_int_equal(CVR_OK, cvr_model_score(&m, data, cvr_test_alone, &score));
    double objective =
        score.loss + beta * penalty_of(&m, strcmp(formulation, "gated-ridge") == 0);
    if (!(fabs(objective - r->objective) <= 1e-8 * (objective + 1e-9)))
        fail_msg("n %d, %s: objective %.9g, and the model's %.9g", (int)n, text,
                 r->objective, objective);
    if (r->outcome == CVR_CONVERGED &&
        !(objective <= r->upper_bound * (1 + tolerance) + 1e-15))
        fail_msg("n %d, %s: converged at %.9g with a model of %.9g", (int)n, text,
                 r->upper_bound, objective);
    cvr_model_free(&m);
    cvr_test_end(&run);
    cvr_dataset_free(data);
}

static void converged_is_said_of_the_saved_network(void **state)
{
    static const char *const names[] = {"relu", "gated", "gated-ridge"};
    static const int rows[] = {1, 2, 5, 30, 100};
    static const double betas[] = {30, 0.3, 0.003}, tolerances[] = {0.1, 0.001};
    (void)state;
    for (int i = 0; i < 5; i++)
        for (int f = 0; f < 3; f++)
            for (int b = 0; b < 3; b++)
                for (int t = 0; t < 2; t++)
                    check_small_run(rows[i], names[f], betas[b], tolerances[t]);
}

/* A gated model keeps a gate when none has a weight, so that it can be loaded. */
static void a_model_of_its_constant_alone_is_a_model(void **state)
{
    static const char *const names[] = {"relu", "gated"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char path[] = "/tmp/cvr_test_bias_XXXXXX", text[128];
        cvr_model m = {0}, back = {0};
        cvr_score score;
        cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 40, 4, 1);
        snprintf(text, sizeof text, "--patterns 6 --beta-relative 1.5 --formulation %s",
                 names[i]);
        cvr_test_run run = cvr_test_start(data, cvr_test_alone, text);
        assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
        close(mkstemp(path));
        assert_int_equal(CVR_OK, cvr_model_save(&m, path));
        assert_int_equal(CVR_OK, cvr_model_load(path, &back));
        unlink(path);
        assert_int_equal(CVR_OK, cvr_model_score(&back, data, cvr_test_alone, &score));
        assert_true(fabs(score.r2) <= 1e-12);
        cvr_model_free(&m);
        cvr_model_free(&back);
        cvr_test_end(&run);
        cvr_dataset_free(data);
    }
}

/* Adding to a constant changes nothing for the better. */
static void the_constant_is_the_best_one(void **state)
{
    (void)state;
    for (int i = 0; i < WAYS; i++) {
        cvr_dataset *data = moved(cvr_test_alone, CVR_DOUBLE, 1, 1, 50);
        cvr_test_run run = cvr_test_start(data, cvr_test_alone, ways[i]);
        cvr_model m = {0};
        cvr_mat F = {0};
        double sum = 0;
        assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
        assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, data->Y.rows, 1, &F));
        assert_int_equal(CVR_OK, cvr_model_forward(&m, data->X, F));
        for (int64_t j = 0; j < F.rows; j++)
            sum += cvr_get(F, j, 0) - cvr_get(data->Y, j, 0);
        assert_true(fabs(sum) <= 1e-9 * (double)F.rows);
        cvr_mat_free(&F);
        cvr_model_free(&m);
        cvr_test_end(&run);
        cvr_dataset_free(data);
    }
}

static void constant_targets_are_the_constant(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int i = 0; i < WAYS; i++) {
            cvr_progress r = solve_moved(type, 2, 0, 0.1, ways[i]);
            assert_int_equal(CVR_CONVERGED, r.outcome);
            assert_true(r.objective == 0 && r.upper_bound == 0 && r.gap == 0);
        }
}

/* ---- gates ------------------------------------------------------------------------- */

/* A file of gates drawn here, with thresholds or without. */
static void write_gates(char path[], int64_t numbers)
{
    FILE *file = fdopen(mkstemp(path), "w");
    for (int i = 0; i < 6; i++)
        for (int64_t k = 0; k < numbers; k++)
            fprintf(file, "%.17g%c", sin(3.0 * i + (double)(k * k) + 0.5),
                    k + 1 < numbers ? ',' : '\n');
    fclose(file);
}

/* Gates of d numbers go through the origin, d + 1 have a threshold; neurons of such gates
   too. */
static void gates_of_a_file_have_thresholds_or_none(void **state)
{
    static const char *const names[] = {"gated", "relu"};
    static const int biases[] = {CVR_BIAS_FREE, CVR_BIAS_NONE, CVR_BIAS_PENALISED};
    (void)state;
    for (int f = 0; f < 2; f++)
        for (int b = 0; b < 3; b++)
            for (int64_t numbers = 3; numbers <= 6; numbers++) {
                char path[] = "/tmp/cvr_test_gates_XXXXXX", text[128];
                cvr_solver *solver = NULL;
                cvr_progress r;
                cvr_test_bias = (cvr_bias)biases[b];
                write_gates(path, numbers);
                snprintf(text, sizeof text, "--gates %s --formulation %s", path,
                         names[f]);
                cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 50, 5, 1);
                cvr_settings *s = cvr_test_settings("convex", text);
                cvr_status made = cvr_solver_new(data, NULL, cvr_test_alone, s, &solver);
                assert_int_equal(made,
                                 numbers == 4 || numbers == 5 ? CVR_OK : CVR_BAD_DATA);
                if (made == CVR_OK) {
                    cvr_model m = {0};
                    assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &r));
                    assert_true(r.lower_bound > 0);
                    assert_int_equal(CVR_OK, cvr_solver_model(solver, &m));
                    cvr_mat g = f == 0 ? m.gates.b : m.layers[0].b;
                    bool thresholds = numbers == 5 || (f == 1 && b == 2);
                    assert_true((cvr_count_nonzero(g) > 0) ==
                                (thresholds && !(f == 1 && b == 1)));
                    cvr_model_free(&m);
                }
                cvr_solver_free(solver);
                cvr_settings_free(s);
                cvr_dataset_free(data);
                unlink(path);
            }
    cvr_test_bias = CVR_BIAS_FREE;
}

/* ---- numbers at the end of their range --------------------------------------------- */

static cvr_status try(cvr_type type, double x, double y, const char *text,
                      cvr_progress *r)
{
    cvr_dataset *data = cvr_test_data(cvr_test_alone, type, 40, 4, 1);
    cvr_settings *s = cvr_test_settings("convex", text);
    cvr_solver *solver = NULL;
    for (int64_t i = 0; i < 40; i++)
        for (int64_t k = 0; k < 3; k++)
            cvr_set(data->X, i, k, x * cvr_get(data->X, i, k));
    cvr_scale(data->Y, y);
    cvr_status status = cvr_solver_new(data, NULL, cvr_test_alone, s, &solver);
    if (status == CVR_OK)
        status = cvr_solver_run(solver, NULL, NULL, r);
    cvr_solver_free(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
    return status;
}

/* Where squares leave the range the data are refused; where they do not the same problem
   has the same answer. */
static void no_bound_underflows(void **state)
{
    static const struct {
        cvr_type type;
        double x, y;
        cvr_status status;
    } cases[] = {
        {CVR_DOUBLE, 1e-120, 1, CVR_OK},       {CVR_DOUBLE, 1e120, 1, CVR_OK},
        {CVR_DOUBLE, 1e-170, 1, CVR_BAD_DATA}, {CVR_DOUBLE, 1e-310, 1, CVR_BAD_DATA},
        {CVR_DOUBLE, 1e170, 1, CVR_BAD_DATA},  {CVR_DOUBLE, 1, 1e-120, CVR_OK},
        {CVR_DOUBLE, 1, 1e120, CVR_OK},        {CVR_DOUBLE, 1, 1e-160, CVR_BAD_DATA},
        {CVR_DOUBLE, 1, 1e160, CVR_BAD_DATA},  {CVR_SINGLE, 1e-12, 1, CVR_OK},
        {CVR_SINGLE, 1e12, 1, CVR_OK},         {CVR_SINGLE, 1e-20, 1, CVR_BAD_DATA},
        {CVR_SINGLE, 1e20, 1, CVR_BAD_DATA},   {CVR_SINGLE, 1, 1e-30, CVR_OK},
        {CVR_SINGLE, 1, 1e30, CVR_OK}};
    static const char *const texts[] = {
        "--patterns 5 --formulation relu --beta-relative 0.05 --tolerance 1e-3",
        "--patterns 5 --formulation gated --beta-relative 0.05 --tolerance 1e-3",
        "--patterns 5 --formulation gated-ridge"};
    (void)state;
    cvr_test_bias = CVR_BIAS_NONE;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 3; k++) {
            cvr_progress plain, r;
            double unit = cases[i].y * cases[i].y;
            assert_int_equal(CVR_OK, try(cases[i].type, 1, 1, texts[k], &plain));
            cvr_status status = try(cases[i].type, cases[i].x, cases[i].y, texts[k], &r);
            if (status != cases[i].status)
                fail_msg("case %zu, %s: %s", i, texts[k], cvr_last_error());
            if (status == CVR_OK && !(r.lower_bound <= plain.upper_bound * unit * 1.001 &&
                                      r.upper_bound >= plain.lower_bound * unit * 0.999))
                fail_msg("case %zu, %s: %g to %g, and plain %g to %g", i, texts[k],
                         r.lower_bound / unit, r.upper_bound / unit, plain.lower_bound,
                         plain.upper_bound);
        }
    cvr_test_bias = CVR_BIAS_FREE;
}

static void norms_of_groups_keep_what_is_tiny_and_what_is_no_number(void **state)
{
    static const double sizes[] = {1, 1e-170, 1e-310, 1e200};
    double entries[8] = {3, 4, 0, 0, 0, 0, 12, 0}, norms[4]; /* groups of 5 and 12 */
    (void)state;
    for (int i = 0; i < 4; i++) {
        double a[8];
        for (int k = 0; k < 8; k++)
            a[k] = entries[k] * sizes[i];
        cvr_mat A = {2, 4, 2, CVR_DOUBLE, (cvr_backend *)cvr_cpu(), a};
        double numbers[4];
        cvr_figures figures = {.s = cvr_host_numbers(norms, 4), .x = numbers};
        cvr_program p = {.P = 2,
                         .C = 1,
                         .signs = 2,
                         .d = 2,
                         .w = 2,
                         .m = 4,
                         .groups = 2,
                         .figures = &figures};
        assert_true(fabs(cvr_dual_size(&p, A) / sizes[i] - 12) <= 1e-9);
        assert_true(fabs(cvr_group_sum(&p, A) / sizes[i] - 17) <= 1e-9);
        for (int k = 0; k < 8; k++) {
            double before = a[k];
            a[k] = NAN;
            assert_true(isnan(cvr_dual_size(&p, A)) && isnan(cvr_group_sum(&p, A)));
            a[k] = before;
        }
    }
}

/* Rows of zeroes are inside every cone and say nothing of its width. */
static void rows_of_zeroes_leave_the_bounds_alone(void **state)
{
    cvr_dataset *data;
    cvr_progress r, with;
    static const char *const text =
        "--patterns 6 --formulation relu --beta-relative 0.05 --tolerance 1e-6 "
        "--max-iterations 20000";
    (void)state;
    cvr_test_bias = CVR_BIAS_NONE;
    data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 40, 4, 1);
    for (int64_t k = 0; k < 3; k++)
        cvr_set(data->X, 7, k, 0);
    double y = cvr_get(data->Y, 7, 0);
    with = cvr_test_solve(data, cvr_test_alone, text);
    assert_int_equal(CVR_CONVERGED, with.outcome);
    cvr_set(data->Y, 7, 0, 0); /* its loss is all that it adds */
    r = cvr_test_solve(data, cvr_test_alone, text);
    assert_true(fabs(with.upper_bound - r.upper_bound - y * y / 2) <= 1e-5);
    cvr_dataset_free(data);
    cvr_test_bias = CVR_BIAS_FREE;
}

/* Gates through opposite rows have cones without an inside: their faces have one. */
static void opposite_rows_on_a_gate_leave_a_bound(void **state)
{
    char path[] = "/tmp/cvr_test_gates_XXXXXX", text[160];
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    FILE *file = fdopen(mkstemp(path), "w");
    (void)state;
    fprintf(file, "1,0,0\n0,1,0\n1,-1,0\n0.3,0.2,-0.7\n");
    fclose(file);
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 24, 3, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 24, 1, &Y));
    for (int i = 0; i < 24; i++) { /* the second half is minus the first, times 2 */
        double sign = i < 12 ? 1 : -2;
        for (int k = 0; k < 3; k++)
            cvr_set(X, i, k, sign * ((5 * (i % 12) + 7 * k + k * (i % 12) * 3) % 5 - 2));
        cvr_set(Y, i, 0, sin(2.0 * i));
    }
    assert_int_equal(CVR_OK,
                     cvr_dataset_from_matrix(X, Y, CVR_REGRESS, cvr_test_alone, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE,
                                                       CVR_BIAS_NONE, cvr_test_alone));
    snprintf(text, sizeof text,
             "--gates %s --formulation relu --beta 0.3 --tolerance 1e-6 "
             "--max-iterations 20000",
             path);
    cvr_progress r = cvr_test_solve(data, cvr_test_alone, text);
    assert_int_equal(CVR_CONVERGED, r.outcome);
    assert_true(r.objective <= r.upper_bound * (1 + 1e-6));
    cvr_dataset_free(data);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_mean_and_size_of_the_targets_is_fitted_alike),
        cmocka_unit_test(options_and_bounds_stay_in_the_unit_of_the_targets),
        cmocka_unit_test(the_result_speaks_of_the_saved_network),
        cmocka_unit_test(converged_is_said_of_the_saved_network),
        cmocka_unit_test(a_model_of_its_constant_alone_is_a_model),
        cmocka_unit_test(the_constant_is_the_best_one),
        cmocka_unit_test(constant_targets_are_the_constant),
        cmocka_unit_test(gates_of_a_file_have_thresholds_or_none),
        cmocka_unit_test(no_bound_underflows),
        cmocka_unit_test(norms_of_groups_keep_what_is_tiny_and_what_is_no_number),
        cmocka_unit_test(rows_of_zeroes_leave_the_bounds_alone),
        cmocka_unit_test(opposite_rows_on_a_gate_leave_a_bound),
    };
    cvr_test_bias = CVR_BIAS_FREE;
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
