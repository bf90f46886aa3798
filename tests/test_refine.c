/* Refinement: networks and their gradients, all patterns of tiny problems, rounds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "convex/enumerate.h"
#include "convex/network.h"
#include "data/from_arrays.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/lack.h"
#include "support/problem.h"

/* A problem of prepared rows. */
static cvr_problem pose(const cvr_dataset *data, const cvr_settings *s, double *phases)
{
    return (cvr_problem){.X = data->X,
                         .Y = data->Y,
                         .rows = data->rows,
                         .first = data->first,
                         .train = data,
                         .comm = cvr_test_all,
                         .device = cvr_cpu(),
                         .settings = s,
                         .seed = 9,
                         .phases = phases};
}

/* Gaussian rows of d features and Gaussian targets; this process's part. */
static cvr_dataset *gaussian(cvr_comm *comm, cvr_type type, int64_t n, int64_t d,
                             uint64_t seed, cvr_bias bias)
{
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    int64_t first = n * rank / size, own = n * (rank + 1) / size - first;
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, d, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, 1, &Y));
    cvr_random_normal(X, seed, 100, first);
    cvr_random_normal(Y, seed, 101, first);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(CVR_OK,
                     cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE, bias, comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

/* ---- the network ------------------------------------------------------------------- */

static void check_gradient(const cvr_dataset *data, const char *text)
{
    cvr_settings *s = cvr_test_settings("convex", text);
    double phases[CVR_PHASES] = {0}, value, above, below, h = 1e-6;
    cvr_problem problem = pose(data, s, phases);
    cvr_network n = {0};
    cvr_workspace w;
    cvr_mat theta, g, other;
    assert_int_equal(CVR_OK, cvr_network_pose(&n, &problem, 5));
    cvr_workspace_init(&w, cvr_cpu(), CVR_DOUBLE, "a test");
    cvr_network_lay_out(&n, &w);
    CVR_LAY_DOUBLE(&w, n.N, 1, &theta, &g, &other);
    assert_int_equal(CVR_OK, cvr_workspace_take(&w, cvr_test_all));
    n.count = 4;
    n.beta = 0.3;
    for (int64_t k = 0; k < n.N; k++) {
        bool fifth = k / n.d == 4 || (k >= n.d * 5 && k - n.d * 5 == 4);
        cvr_set(theta, k, 0, fifth ? 0 : cvr_random_gauss(5, 100, k, 0));
    }
    assert_int_equal(CVR_OK, cvr_network_evaluate(&n, theta, &value, g));
    for (int64_t k = 0; k < n.N; k++) {
        double at = cvr_get(theta, k, 0);
        cvr_set(theta, k, 0, at + h);
        assert_int_equal(CVR_OK, cvr_network_evaluate(&n, theta, &above, other));
        cvr_set(theta, k, 0, at - h);
        assert_int_equal(CVR_OK, cvr_network_evaluate(&n, theta, &below, other));
        cvr_set(theta, k, 0, at);
        if (at != 0 && !(fabs((above - below) / (2 * h) - cvr_get(g, k, 0)) <
                         1e-6 * (1 + fabs(value))))
            fail_msg("%s, entry %d", text, (int)k);
        if (at == 0)
            assert_true(cvr_get(g, k, 0) == 0);
    }
    /* balanced and the largest first: no higher, and the same outputs */
    cvr_copy(other, theta);
    cvr_network_tidy(&n, other);
    assert_int_equal(CVR_OK, cvr_network_evaluate(&n, other, &below, g));
    assert_true(below <= value * (1 + 1e-12));
    cvr_workspace_free(&w);
    cvr_settings_free(s);
}

static void the_gradient_is_that_of_finite_differences(void **state)
{
    (void)state;
    for (int bias = 0; bias < 3; bias++) {
        cvr_dataset *data = gaussian(cvr_test_all, CVR_DOUBLE, 23, 3, 4, (cvr_bias)bias);
        check_gradient(data, "--formulation relu");
        check_gradient(data, "--formulation relu --loss huber");
        cvr_dataset_free(data);
    }
    cvr_dataset *classes = cvr_test_classes(cvr_test_all, CVR_DOUBLE, 0, 25, 3, 2);
    check_gradient(classes, "--formulation relu --loss logistic");
    check_gradient(classes, "--formulation relu --loss squared-hinge");
    cvr_dataset_free(classes);
}

/* ---- all patterns ------------------------------------------------------------------ */

/* As many as different patterns of many directions in the plane. */
static int64_t patterns_around(const cvr_dataset *data)
{
    enum { ANGLES = 200000 };
    int64_t n = data->X.rows, count = 0;
    uint64_t last = 0;
    for (int a = 0; a <= ANGLES; a++) {
        double t = 2 * M_PI * a / ANGLES;
        uint64_t pattern = 0;
        for (int64_t i = 0; i < n; i++)
            if (cvr_get(data->X, i, 0) * cos(t) + cvr_get(data->X, i, 1) * sin(t) >= 0)
                pattern |= (uint64_t)1 << i;
        count += a > 0 && pattern != last && last != 0;
        last = pattern;
    }
    return count;
}

static int64_t enumerate(const cvr_dataset *data, cvr_mat *H, cvr_mat *D)
{
    cvr_settings *s = cvr_test_settings("convex", "--enumerate yes");
    double phases[CVR_PHASES] = {0};
    cvr_problem problem = pose(data, s, phases);
    assert_int_equal(CVR_OK, cvr_gates_enumerate(&problem, H, D));
    cvr_settings_free(s);
    return D->cols;
}

static void free_gates(cvr_mat *H, cvr_mat *D)
{
    cvr_mat_free(H);
    cvr_mat_free(D);
}

/* n rows in general position have 2 sum_{k < d} binomial(n - 1, k) patterns, one of which
   is empty when a column of ones makes it one. */
static void all_patterns_are_found(void **state)
{
    static const int64_t shapes[][4] = {{1, 9, 0, 2},   {2, 20, 0, 40}, {3, 10, 0, 92},
                                        {4, 9, 0, 186}, {1, 9, 1, 17},  {2, 10, 1, 91},
                                        {3, 8, 1, 127}};
    (void)state;
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        cvr_bias bias = shapes[k][2] ? CVR_BIAS_FREE : CVR_BIAS_NONE;
        cvr_dataset *data =
            gaussian(cvr_test_all, CVR_DOUBLE, shapes[k][1], shapes[k][0], 6, bias);
        cvr_mat H, D;
        assert_int_equal(shapes[k][3], enumerate(data, &H, &D));
        free_gates(&H, &D);
        cvr_dataset_free(data);
    }
    if (cvr_comm_size(cvr_test_all) == 1) {
        cvr_dataset *data = gaussian(cvr_test_all, CVR_DOUBLE, 15, 2, 8, CVR_BIAS_NONE);
        cvr_mat H, D;
        int64_t turns = patterns_around(data);
        assert_int_equal(turns, enumerate(data, &H, &D));
        free_gates(&H, &D);
        cvr_dataset_free(data);
    }
}

/* Rows in special position: of a grid, with repeated and opposite ones. */
static void patterns_of_special_rows(void **state)
{
    (void)state;
    cvr_dataset *data = gaussian(cvr_test_alone, CVR_DOUBLE, 12, 2, 6, CVR_BIAS_NONE);
    cvr_settings *s = cvr_test_settings("convex", "--enumerate yes");
    cvr_mat H, D;
    double phases[CVR_PHASES] = {0};
    for (int64_t i = 0; i < 12; i++)
        for (int64_t j = 0; j < 2; j++)
            cvr_set(data->X, i, j, (double)((j == 0 ? i % 3 : i / 3) - 1));
    cvr_problem problem = pose(data, s, phases);
    problem.comm = cvr_test_alone;
    assert_int_equal(CVR_OK, cvr_gates_enumerate(&problem, &H, &D));
    /* planes of (1,0), (0,1), (1,1), (1,-1), (1,2), (1,-2), of which one row is 0 */
    assert_int_equal(12, D.cols);
    free_gates(&H, &D);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

static void many_patterns_are_refused(void **state)
{
    (void)state;
    cvr_dataset *data = gaussian(cvr_test_all, CVR_DOUBLE, 60, 5, 6, CVR_BIAS_NONE);
    cvr_settings *s = cvr_test_settings("convex", "--enumerate yes");
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
    assert_non_null(strstr(cvr_last_error(), "few rows in few dimensions"));
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

/* ---- rounds ------------------------------------------------------------------------ */

/* The whole problem's optimum of random targets, by all patterns: no network that descent
   finds from many starts is lower, and refinement from five gates comes to it. */
static void tiny_problems_are_solved(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 3; seed++)
        for (int type = 0; type < 2 && cvr_test_turn((int64_t)seed); type++) {
            double close = type == CVR_DOUBLE ? 1e-5 : 1e-3;
            cvr_dataset *data =
                gaussian(cvr_test_all, (cvr_type)type, 20, 2, seed, CVR_BIAS_NONE);
            cvr_test_run all = cvr_test_start(
                data, cvr_test_all,
                "--formulation relu --enumerate yes --beta 0.5 --tolerance 1e-7 "
                "--max-iterations 3000");
            assert_int_equal(40, all.result.patterns);
            if (type == CVR_DOUBLE)
                assert_true(all.result.gap <= 1e-7);
            cvr_test_run one = cvr_test_start(
                data, cvr_test_all,
                "--formulation relu --patterns 5 --refine 6 --refine-gates 60 "
                "--beta 0.5 --tolerance 1e-6");
            double above = one.result.objective / all.result.lower_bound - 1;
            if (!(above <= close && above >= -1e-6))
                fail_msg("seed %d: refined is %g above all patterns", (int)seed, above);
            assert_true(one.result.pattern_violation < 1 + 1e-2);
            cvr_test_end(&all);
            cvr_test_end(&one);
            cvr_dataset_free(data);
        }
}

/* Objectives of each round. */
typedef struct history {
    int count;
    double objective[60];
} history;

static int keep(const cvr_progress *p, void *user)
{
    history *h = user;
    assert_true(h->count < 60);
    assert_true(isnan(p->lower_bound));
    h->objective[h->count++] = p->objective;
    return 0;
}

static history rounds_of(const cvr_dataset *data, const char *text, const char *save)
{
    cvr_settings *s = cvr_test_settings("convex", text);
    cvr_solver *solver = NULL;
    cvr_progress result;
    cvr_model m;
    history h = {0};
    if (cvr_solver_new(data, NULL, cvr_test_all, s, &solver) != CVR_OK ||
        cvr_solver_run(solver, keep, &h, &result) != CVR_OK)
        fail_msg("%s: %s", text, cvr_last_error());
    if (save) {
        assert_int_equal(CVR_OK, cvr_solver_model(solver, &m));
        if (cvr_comm_rank(cvr_test_all) == 0)
            assert_int_equal(CVR_OK, cvr_model_save(&m, save));
        assert_int_equal(CVR_OK, cvr_allreduce_status(cvr_test_all, CVR_OK));
        cvr_model_free(&m);
    }
    cvr_solver_free(solver);
    cvr_settings_free(s);
    return h;
}

/* Processes have folders of their own: the file of the first is for all. */
static const char *shared_path(char path[4096])
{
    snprintf(path, 4096, "%s", cvr_test_path("start.safetensors"));
    assert_int_equal(CVR_OK, cvr_broadcast(cvr_test_all, path, 4096));
    return path;
}

static void the_objective_never_rises(void **state)
{
    static const char *const texts[] = {"", "--loss logistic ", "--splitting slack "};
    char path[4096], text[5000];
    (void)state;
    shared_path(path);
    for (int k = 0; k < 3; k++)
        for (int bias = 0; bias < (k > 0 ? 1 : 3); bias++) {
            if (!cvr_test_turn(k + bias))
                continue;
            cvr_dataset *data =
                k == 1 ? cvr_test_classes(cvr_test_all, CVR_DOUBLE, 0, 60, 3, 2)
                       : gaussian(cvr_test_all, CVR_DOUBLE, 40, 3, 5, (cvr_bias)bias);
            snprintf(text, sizeof text,
                     "%s--formulation relu --patterns 6 --refine 1 --beta 0.8 "
                     "--refine-steps 60",
                     texts[k]);
            history first = rounds_of(data, text, path);
            snprintf(text, sizeof text,
                     "%s--formulation relu --start %s --refine 2 --beta 0.8 "
                     "--refine-steps 60",
                     texts[k], path);
            history more = rounds_of(data, text, NULL);
            double last = first.objective[first.count - 1];
            for (int i = 1; i < first.count; i++)
                assert_true(first.objective[i] <= first.objective[i - 1]);
            for (int i = 0; i < more.count; i++) {
                if (!(more.objective[i] <= last * (1 + 1e-12)))
                    fail_msg("%s bias %d: %g after %g", texts[k], bias, more.objective[i],
                             last);
                last = more.objective[i];
            }
            cvr_dataset_free(data);
        }
}

/* A start is what it was on rows that are normalised in another way: its neurons have the
   same outputs. */
static void a_start_knows_its_features(void **state)
{
    char path[4096];
    cvr_dataset *one = gaussian(cvr_test_all, CVR_DOUBLE, 30, 3, 5, CVR_BIAS_FREE);
    cvr_dataset *other = cvr_test_free(cvr_test_all, CVR_DOUBLE, 30, 4, 1, 1, 0);
    cvr_settings *s = cvr_test_settings("convex", "--formulation relu");
    double phases[CVR_PHASES] = {0};
    cvr_problem problem = pose(other, s, phases);
    cvr_start start;
    cvr_model m;
    (void)state;
    shared_path(path);
    cvr_test_run run =
        cvr_test_start(one, cvr_test_all, "--formulation relu --patterns 9");
    assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
    if (cvr_comm_rank(cvr_test_all) == 0)
        assert_int_equal(CVR_OK, cvr_model_save(&m, path));
    assert_int_equal(CVR_OK, cvr_allreduce_status(cvr_test_all, CVR_OK));
    assert_int_equal(CVR_OK, cvr_start_read(&problem, path, &start));
    const cvr_transform *t = &other->transform;
    for (int64_t k = 0; k < start.H.rows; k++)
        for (int64_t i = 0; i < other->X.rows; i++) {
            double there = cvr_get(m.layers[0].b, k, 0);
            double here = cvr_get(start.H, k, 3);
            for (int64_t j = 0; j < 3; j++) {
                double x = cvr_get(other->X, i, j);
                double raw = x / cvr_get(t->scale, j, 0) + cvr_get(t->shift, j, 0);
                there += cvr_get(m.layers[0].W, k, j) * raw;
                here += cvr_get(start.H, k, j) * x;
            }
            assert_true(fabs(here - there) < 1e-10 * (1 + fabs(there)));
        }
    cvr_start_free(&start);
    cvr_model_free(&m);
    cvr_test_end(&run);
    cvr_settings_free(s);
    cvr_dataset_free(one);
    cvr_dataset_free(other);
}

/* ---- memory ------------------------------------------------------------------------ */

/* A step takes programs of its own: without the memory for one all processes end, and a
   later run goes on. */
static cvr_status run_lacking(const void *ctx)
{
    const cvr_dataset *data = ctx;
    cvr_settings *s = cvr_test_settings(
        "convex", "--patterns 2 --refine 0 --refine-steps 2 --tolerance 0.5 "
                  "--certificate no");
    cvr_solver *solver = NULL;
    cvr_progress result;
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
    cvr_test_lack_from();
    cvr_status status = cvr_solver_run(solver, NULL, NULL, &result);
    cvr_test_lack_to();
    assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &result));
    assert_true(isfinite(result.objective));
    cvr_solver_free(solver);
    cvr_settings_free(s);
    return status;
}

static void memory_for_a_round_may_be_lacking(void **state)
{
    (void)state;
    cvr_dataset *data = gaussian(cvr_test_all, CVR_DOUBLE, 5, 1, 4, CVR_BIAS_NONE);
    if (cvr_comm_size(cvr_test_all) == 2)
        cvr_test_lack("a round", 20, run_lacking, data);
    cvr_dataset_free(data);
}

static void what_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
        int64_t outputs;
    } cases[] = {
        {"--formulation gated --refine 1", "formulation relu", 1},
        {"--formulation relu --refine-steps 5", "are for refine", 1},
        {"--refine 1 --enumerate yes", "nothing to add", 1},
        {"--refine 1", "one output", 2},
        {"--formulation kernel --enumerate yes", "kernel samples none", 1},
        {"--refine 1 --loss absolute", "without kinks", 1},
        {"--patterns 3 --enumerate yes", "only one of them", 1},
        {"--refine 1 --start none.safetensors", "none.safetensors", 1},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        cvr_dataset *data =
            cvr_test_data(cvr_test_all, CVR_DOUBLE, 12, 3, cases[k].outputs);
        cvr_settings *s = cvr_test_settings("convex", cases[k].text);
        cvr_solver *solver = NULL;
        assert_int_not_equal(CVR_OK,
                             cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
        if (!strstr(cvr_last_error(), cases[k].sentence))
            fail_msg("%s: %s", cases[k].text, cvr_last_error());
        cvr_settings_free(s);
        cvr_dataset_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_finite_differences),
        cmocka_unit_test(all_patterns_are_found),
        cmocka_unit_test(patterns_of_special_rows),
        cmocka_unit_test(many_patterns_are_refused),
        cmocka_unit_test(tiny_problems_are_solved),
        cmocka_unit_test(the_objective_never_rises),
        cmocka_unit_test(a_start_knows_its_features),
        cmocka_unit_test(memory_for_a_round_may_be_lacking),
        cmocka_unit_test(what_does_not_fit_is_refused)};
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}
