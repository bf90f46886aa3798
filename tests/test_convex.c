/* The convex family: maps, u-steps, optimality, certificate, recovery. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/random.h"
#include "convex/primal.h"
#include "convex/sampled.h"
#include "linalg/ops.h"
#include "support/problem.h"

static cvr_comm *comm;

/* ---- a program without a solver ---------------------------------------------------- */

typedef struct bench {
    cvr_dataset *data;
    cvr_settings *settings;
    cvr_problem problem;
    double phases[CVR_PHASES];
    cvr_program program;
    cvr_workspace workspace;
} bench;

static void take(cvr_workspace *w)
{
    assert_int_equal(CVR_OK, cvr_workspace_take(w, comm));
}

static void open_bench(bench *b, cvr_type type, int64_t n, int64_t d, int64_t C,
                       cvr_formulation formulation, const char *text)
{
    cvr_mat B = {0};
    memset(b, 0, sizeof *b);
    b->data = cvr_test_data(comm, type, n, d, C);
    b->settings = cvr_test_settings("convex", text);
    assert_int_equal(CVR_OK,
                     cvr_settings_set(b->settings, "formulation",
                                      formulation == CVR_RELU ? "relu" : "gated"));
    b->problem = (cvr_problem){.X = b->data->X,
                               .Y = b->data->Y,
                               .rows = b->data->rows,
                               .first = b->data->first,
                               .train = b->data,
                               .comm = comm,
                               .settings = b->settings,
                               .phases = b->phases};
    cvr_workspace_init(&b->workspace, b->data->X.device, type, "a program");
    assert_int_equal(CVR_OK, cvr_program_pose(&b->problem, &b->program));
    assert_int_equal(CVR_OK, cvr_program_lay_out(&b->program, &b->workspace));
    CVR_LAY_SCRATCH(&b->workspace, b->program.d, b->program.m, &B);
    take(&b->workspace);
    assert_int_equal(CVR_OK, cvr_program_start(&b->program, B));
}

static void close_bench(bench *b)
{
    cvr_program_free(&b->program);
    cvr_workspace_free(&b->workspace);
    cvr_settings_free(b->settings);
    cvr_dataset_free(b->data);
}

static cvr_mat gaussian(const cvr_program *p, int64_t rows, int64_t cols, int stream)
{
    cvr_mat A = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(p->X.device, p->X.type, rows, cols, &A));
    cvr_random_normal(A, 77, (uint32_t)(100 + stream), 0);
    return A;
}

static double rounding(const cvr_program *p)
{
    return p->X.type == CVR_DOUBLE ? 1e-11 : 2e-3;
}

/* ---- maps -------------------------------------------------------------------------- */

/* <J F u, r> = <u, F'J r> */
static void fan_and_backward_are_adjoint_to_predict(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int formulation = CVR_RELU; formulation <= CVR_GATED_RELU; formulation++) {
            bench b;
            open_bench(&b, type, 37, 5, 3, formulation, "--patterns 7");
            const cvr_program *p = &b.program;
            cvr_mat U = gaussian(p, p->d, p->m, 1), r = gaussian(p, p->n, p->C, 2);
            cvr_mat B = gaussian(p, p->d, p->m, 3);
            assert_int_equal(CVR_OK, cvr_program_apply(p, p->R, U, NULL));
            double left = cvr_dot(p->R, r);
            assert_int_equal(CVR_OK, cvr_centre(p, r, NULL));
            cvr_gates_adjoint(p, p->T, r);
            assert_int_equal(CVR_OK, cvr_apply_adjoint(p, B, p->T));
            double right = cvr_dot(U, B);
            assert_true(fabs(left - right) <= rounding(p) * fabs(left));
            cvr_mat_free(&U);
            cvr_mat_free(&r);
            cvr_mat_free(&B);
            close_bench(&b);
        }
}

static void patterns_are_distinct_and_not_empty(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, CVR_DOUBLE, 6, 2, 1, CVR_RELU, "--patterns 50");
    const cvr_program *p = &b.program;
    assert_true(p->P >= 2 && p->P < 50); /* six points of a line have few patterns */
    for (int64_t i = 0; i < p->P; i++) {
        cvr_mat di = cvr_mat_cols(p->D, i, 1);
        assert_true(cvr_dot(di, di) > 0);
        for (int64_t j = 0; j < i; j++)
            assert_true(cvr_distance2(di, cvr_mat_cols(p->D, j, 1)) > 0);
    }
    close_bench(&b);
}

/* ---- u-steps ----------------------------------------------------------------------- */

/* |B - A delta| / |B| after a solve from zero. */
static double residual_of(const cvr_primal_way *way, bench *b, double tolerance)
{
    const cvr_program *p = &b->program;
    cvr_system system = {0};
    cvr_primal primal = {.way = way};
    cvr_workspace w;
    cvr_mat B = gaussian(p, p->d, p->C * p->P, 4),
            delta = gaussian(p, p->d, p->C * p->P, 5);
    cvr_mat copy = gaussian(p, p->d, p->C * p->P, 6),
            Y = gaussian(p, p->d, p->C * p->P, 7);
    cvr_fill(delta, 0);
    cvr_copy(copy, B);
    cvr_workspace_init(&w, p->X.device, p->X.type, way->name);
    cvr_system_lay_out(&system, p, &w);
    assert_int_equal(CVR_OK, cvr_primal_lay_out(&primal, &system, &w));
    take(&w);
    assert_int_equal(CVR_OK, cvr_system_start(&system));
    assert_int_equal(CVR_OK, cvr_primal_start(&primal));
    for (int k = 0; k < 2; k++) { /* the second time with other penalties */
        assert_int_equal(CVR_OK, cvr_system_set(&system, k ? 0.7 : 3, 0.2 + k));
        assert_int_equal(CVR_OK, cvr_primal_factor(&primal));
    }
    assert_int_equal(CVR_OK, cvr_primal_solve(&primal, B, delta, tolerance));
    assert_int_equal(CVR_OK, cvr_system_apply(&system, Y, delta));
    double residual = sqrt(cvr_distance2(Y, copy) / cvr_dot(copy, copy));
    cvr_workspace_free(&w);
    cvr_mat_free(&B);
    cvr_mat_free(&delta);
    cvr_mat_free(&copy);
    cvr_mat_free(&Y);
    return residual;
}

/* Both forms of the direct step (n < d P: Woodbury; n >= d P: primal),
   every other way. */
static void every_primal_step_solves_the_same_system(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int formulation = CVR_RELU; formulation <= CVR_GATED_RELU; formulation++)
            for (int tall = 0; tall < 2; tall++)
                for (const cvr_primal_way *way = cvr_primal_ways; way->name; way++) {
                    bench b;
                    open_bench(&b, type, tall ? 90 : 25, 6, 2, formulation,
                               "--patterns 8 --cg-iterations 3000 --nystrom-rank 10");
                    double tolerance = type == CVR_DOUBLE ? 1e-9 : 1e-4;
                    double residual = residual_of(way, &b, tolerance);
                    /* rbcd stops by block gradients, met at different moments
                       of a sweep */
                    if (!(residual <= 10 * tolerance))
                        fail_msg("%s, type %d, formulation %d, tall %d: residual %g",
                                 way->name, type, formulation, tall, residual);
                    close_bench(&b);
                }
}

/* A multiple of the identity plus a positive semidefinite part. */
static void the_system_is_symmetric_and_above_identity(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, CVR_DOUBLE, 40, 5, 2, CVR_RELU, "--patterns 6");
    const cvr_program *p = &b.program;
    cvr_system system = {0};
    cvr_mat x = gaussian(p, p->d, p->C * p->P, 1), y = gaussian(p, p->d, p->C * p->P, 2);
    cvr_mat Ax = gaussian(p, p->d, p->C * p->P, 3),
            Ay = gaussian(p, p->d, p->C * p->P, 4);
    cvr_workspace w;
    cvr_workspace_init(&w, p->X.device, p->X.type, "a system");
    cvr_system_lay_out(&system, p, &w);
    take(&w);
    assert_int_equal(CVR_OK, cvr_system_start(&system));
    assert_int_equal(CVR_OK, cvr_system_set(&system, 2, 0.3));
    assert_int_equal(CVR_OK, cvr_system_apply(&system, Ax, x));
    assert_int_equal(CVR_OK, cvr_system_apply(&system, Ay, y));
    assert_true(fabs(cvr_dot(Ax, y) - cvr_dot(x, Ay)) < 1e-10 * fabs(cvr_dot(Ax, y)));
    assert_true(cvr_dot(Ax, x) >= cvr_dot(x, x));
    cvr_workspace_free(&w);
    cvr_mat_free(&x);
    cvr_mat_free(&y);
    cvr_mat_free(&Ax);
    cvr_mat_free(&Ay);
    close_bench(&b);
}

/* ---- optimality -------------------------------------------------------------------- */

static void every_primal_step_reaches_the_same_certified_optimum(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 60, 5, 2);
    double first = NAN;
    for (const cvr_primal_way *way = cvr_primal_ways; way->name; way++) {
        char text[256];
        snprintf(text, sizeof text,
                 "--patterns 8 --beta-relative 0.05 --tolerance 1e-6 --seed 3 "
                 "--max-iterations 100000 --cg-iterations 500 --primal %s",
                 way->name);
        cvr_progress result = cvr_test_solve(data, comm, text);
        if (result.outcome != CVR_CONVERGED || !(result.gap <= 1e-6))
            fail_msg("%s: gap %g", way->name, result.gap);
        first = isnan(first) ? result.upper_bound : first;
        assert_true(fabs(result.upper_bound - first) <= 2e-6 * first);
        assert_true(result.lower_bound <= first);
    }
    cvr_dataset_free(data);
}

static void an_inner_tolerance_of_0_solves_to_rounding(void **state)
{
    (void)state;
    static const char *const ways[] = {"direct", "cg --inner-tolerance 0",
                                       "cg --inner-tolerance 1"};
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 60, 5, 1);
    double objective[3], error[3];
    for (int i = 0; i < 3; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "--patterns 8 --beta 1e-3 --rho 0.01 --rho-slack 0.01 --tolerance 0 "
                 "--certificate no --max-iterations 30 --cg-iterations 500 --primal %s",
                 ways[i]);
        objective[i] = cvr_test_solve(data, comm, text).objective;
        error[i] = fabs(objective[i] / objective[0] - 1);
    }
    assert_true(error[1] < 1e-6);
    assert_true(error[2] > 1e-5);
    cvr_dataset_free(data);
}

/* With small penalties |b| is far larger than the solution: a tolerance of |b| lets u
   rest. */
static void small_penalties_do_not_let_an_inner_solver_rest(void **state)
{
    (void)state;
    static const char *const ways[] = {"direct", "cg", "block-pcg", "block-rbcd"};
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 200, 40, 1);
    double exact = 0;
    for (int i = 0; i < 4; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "--patterns 8 --beta 1e-3 --rho 0.01 --rho-slack 0.01 --tolerance 0 "
                 "--certificate no --max-iterations 100 --primal %s",
                 ways[i]);
        cvr_progress r = cvr_test_solve(data, comm, text);
        exact = i == 0 ? r.objective : exact;
        if (!(r.objective <= 1.25 * exact))
            fail_msg("%s: objective %g, not %g", ways[i], r.objective, exact);
    }
    cvr_dataset_free(data);
}

static void fista_and_admm_agree_on_the_gated_program(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 80, 6, 3);
    const char *text = "--formulation gated --patterns 9 --tolerance 1e-7 "
                       "--max-iterations 50000 --solver %s";
    char admm[256], fista[256];
    snprintf(admm, sizeof admm, text, "admm");
    snprintf(fista, sizeof fista, text, "fista");
    cvr_progress a = cvr_test_solve(data, comm, admm),
                 f = cvr_test_solve(data, comm, fista);
    assert_int_equal(CVR_CONVERGED, a.outcome);
    assert_int_equal(CVR_CONVERGED, f.outcome);
    assert_true(fabs(a.upper_bound - f.upper_bound) <= 2e-7 * a.upper_bound);
    cvr_dataset_free(data);
}

/* (F F' + beta I) a = Y: the gap of the ridge closes at once, in both forms. */
static void ridge_is_solved_in_one_step(void **state)
{
    (void)state;
    for (int tall = 0; tall < 2; tall++) {
        cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, tall ? 120 : 30, 6, 2);
        cvr_progress r = cvr_test_solve(data, comm,
                                        "--formulation gated-ridge --patterns 9 "
                                        "--beta 0.3 --tolerance 1e-10");
        assert_int_equal(CVR_CONVERGED, r.outcome);
        assert_int_equal(1, r.iterations);
        cvr_dataset_free(data);
    }
}

/* |Y|^2, or, with a free bias, |Y - mean|^2. */
static double around_constants(const cvr_dataset *data)
{
    double size2 = cvr_dot(data->Y, data->Y), n = (double)data->rows;
    for (int64_t c = 0; c < data->Y.cols && cvr_test_bias == CVR_BIAS_FREE; c++) {
        double sum = 0;
        for (int64_t i = 0; i < data->Y.rows; i++)
            sum += cvr_get(data->Y, i, c);
        size2 -= sum * sum / n;
    }
    return size2;
}

static void at_beta_max_every_weight_is_zero(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 50, 5, 2);
    const char *texts[] = {"--beta-relative 1.001 --patterns 6 --tolerance 1e-9",
                           "--beta-relative 1.001 --patterns 6 --tolerance 1e-9 "
                           "--formulation gated"};
    for (int i = 0; i < 2; i++) {
        cvr_progress r = cvr_test_solve(data, comm, texts[i]);
        double y2 = around_constants(data);
        assert_int_equal(CVR_CONVERGED, r.outcome);
        assert_true(fabs(r.upper_bound - y2 / 2) <= 1e-9 * y2);
    }
    cvr_dataset_free(data);
}

/* Every bound of every iteration agrees with the bounds of a precise run. */
static int bounds_enclose(const cvr_progress *p, void *user)
{
    const cvr_progress *precise = user;
    if (!isnan(p->lower_bound))
        assert_true(p->lower_bound <= precise->upper_bound * (1 + 1e-9));
    if (!isnan(p->upper_bound))
        assert_true(p->upper_bound >= precise->lower_bound * (1 - 1e-9));
    return 0;
}

static void check_bounds(int64_t n, int64_t d, const char *precision, const char *text)
{
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, n, d, 1);
    char precise[256], often[256];
    snprintf(precise, sizeof precise, "%s --tolerance %s --max-iterations 200000", text,
             precision);
    snprintf(often, sizeof often, "%s --tolerance 1e-6 --measure-every 1", text);
    cvr_progress best = cvr_test_solve(data, comm, precise), result;
    if (best.outcome != CVR_CONVERGED)
        fail_msg("%s: gap %g after %lld", text, best.gap, (long long)best.iterations);
    cvr_settings *settings = cvr_test_settings("convex", often);
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, settings, &solver));
    assert_int_equal(CVR_OK, cvr_solver_run(solver, bounds_enclose, &best, &result));
    cvr_solver_free(solver);
    cvr_settings_free(settings);
    cvr_dataset_free(data);
}

/* More weights than rows and a small penalty: the first iterates overshoot
   (<r, Y> < 0). */
static void bounds_enclose_the_optimum_from_the_first_iteration(void **state)
{
    (void)state;
    check_bounds(60, 5, "1e-7", "--patterns 8");
    check_bounds(60, 5, "1e-7", "--patterns 8 --formulation gated");
    check_bounds(30, 19, "1e-7",
                 "--patterns 12 --formulation gated --beta-relative 1e-4");
    check_bounds(30, 19, "1e-4",
                 "--patterns 12 --formulation gated --beta-relative 1e-4 --solver fista");
    check_bounds(30, 19, "1e-7", "--patterns 12 --beta-relative 1e-2");
}

static void without_a_certificate_the_residual_decides(void **state)
{
    (void)state;
    const char *texts[] = {"--patterns 8 --certificate no --tolerance 1e-5",
                           "--patterns 8 --certificate no --tolerance 1e-5 "
                           "--formulation gated --solver fista"};
    for (int type = 0; type < 2; type++)
        for (int i = 0; i < 2; i++) {
            cvr_dataset *data = cvr_test_data(comm, type, 60, 5, 1);
            cvr_progress r = cvr_test_solve(data, comm, texts[i]);
            assert_int_equal(CVR_CONVERGED, r.outcome);
            assert_true(r.primal_residual <= 1e-5);
            assert_true(isnan(r.gap));
            cvr_dataset_free(data);
        }
}

/* ---- recovery ---------------------------------------------------------------------- */

/* sum_k |w_k|^2 / 2 + a_k^2 / 2 over neurons: |v| for each group of one output.
   Thresholds count where the bias is penalised. */
static double network_norm(const cvr_model *m)
{
    double thresholds = cvr_dot(m->layers[0].b, m->layers[0].b);
    return (cvr_dot(m->layers[0].W, m->layers[0].W) +
            cvr_dot(m->layers[1].W, m->layers[1].W) +
            (cvr_test_bias == CVR_BIAS_PENALISED ? thresholds : 0)) /
           2;
}

/* At a feasible optimum the network has the program's objective: the reformulation is
   exact, so what is certified is the network. */
static void the_recovered_network_has_the_certified_objective(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 60, 5, 1);
    cvr_test_run run = cvr_test_start(
        data, comm, "--patterns 8 --beta 2 --tolerance 1e-9 --max-iterations 100000");
    cvr_model m = {0};
    assert_int_equal(CVR_CONVERGED, run.result.outcome);
    assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
    double objective = run.result.train.loss + 2 * network_norm(&m);
    assert_true(fabs(objective - run.result.upper_bound) <= 1e-6 * objective);
    assert_int_equal(run.result.active_neurons, m.layers[0].W.rows);
    cvr_model_free(&m);
    cvr_test_end(&run);
    cvr_dataset_free(data);
}

/* A gated network's outputs are F u, on the rows that made the gates. */
static void the_gated_network_is_the_gated_program(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 60, 5, 2);
    cvr_test_run run = cvr_test_start(data, comm,
                                      "--formulation gated --patterns 8 --beta 2 "
                                      "--tolerance 1e-9 --max-iterations 100000");
    assert_int_equal(CVR_CONVERGED, run.result.outcome);
    cvr_model m = {0};
    assert_int_equal(CVR_OK, cvr_solver_model(run.solver, &m));
    double norm = 0;
    for (int64_t i = 0; i < m.gates.W.rows; i++) {
        double group = 0;
        for (int64_t c = 0; c < 2; c++) {
            int64_t k = c * m.gates.W.rows + i;
            cvr_mat w = cvr_mat_part(m.layers[0].W, k, 0, 1, m.layers[0].W.cols);
            double b = cvr_get(m.layers[0].b, k, 0);
            group += cvr_dot(w, w) + b * b;
        }
        norm += sqrt(group);
    }
    double objective = run.result.train.loss + 2 * norm;
    assert_true(fabs(objective - run.result.upper_bound) <= 1e-8 * objective);
    cvr_model_free(&m);
    cvr_test_end(&run);
    cvr_dataset_free(data);
}

/* ---- behaviour --------------------------------------------------------------------- */

static void a_path_of_penalties_is_warm_started(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 60, 5, 1);
    const char *text = "--patterns 8 --beta-relative %g --tolerance 1e-6 "
                       "--max-iterations 100000";
    char first[128], second[128];
    snprintf(first, sizeof first, text, 0.1);
    snprintf(second, sizeof second, text, 0.03);
    cvr_progress cold = cvr_test_solve(data, comm, second);
    cvr_test_run run = cvr_test_start(data, comm, first);
    assert_int_equal(CVR_OK, cvr_solver_set_penalty(run.solver, 0.03));
    assert_int_equal(CVR_OK, cvr_solver_run(run.solver, NULL, NULL, &run.result));
    assert_int_equal(CVR_CONVERGED, run.result.outcome);
    assert_true(fabs(run.result.upper_bound - cold.upper_bound) <=
                2e-6 * cold.upper_bound);
    cvr_test_end(&run);
    cvr_dataset_free(data);
}

/* Single precision cannot reach 1e-9: it stops by itself and says why. */
static void single_precision_says_that_it_stalls(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_SINGLE, 60, 5, 1);
    cvr_progress r = cvr_test_solve(data, comm,
                                    "--patterns 8 --tolerance 1e-12 --precision single "
                                    "--max-iterations 1000000");
    assert_int_equal(CVR_STOPPED, r.outcome);
    assert_non_null(strstr(r.note, "single precision"));
    if (!(r.gap < 1e-3))
        fail_msg("gap %g after %lld: %s", r.gap, (long long)r.iterations, r.note);
    cvr_dataset_free(data);
}

static void a_run_repeats_bit_for_bit(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 60, 5, 1);
    const char *text = "--patterns 8 --max-iterations 40 --seed 5";
    cvr_progress a = cvr_test_solve(data, comm, text),
                 b = cvr_test_solve(data, comm, text);
    assert_memory_equal(&a.upper_bound, &b.upper_bound, sizeof a.upper_bound);
    assert_memory_equal(&a.objective, &b.objective, sizeof a.objective);
    cvr_dataset_free(data);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const char *texts[] = {"--patterns 4 --max-iterations 3",
                           "--patterns 4 --max-iterations 3 --primal block-nystrom-pcg",
                           "--patterns 4 --max-iterations 3 --primal diag-pcg",
                           "--patterns 4 --max-iterations 3 --primal rbcd",
                           "--patterns 4 --max-iterations 3 --formulation gated-ridge",
                           "--patterns 4 --formulation gated --solver fista"};
    cvr_dataset *data = cvr_test_data(comm, CVR_DOUBLE, 30, 4, 1);
    for (int i = 0; i < 6; i++) {
        cvr_status status = CVR_NO_MEMORY;
        for (int64_t nth = 1; status == CVR_NO_MEMORY; nth++) {
            cvr_settings *settings = cvr_test_settings("convex", texts[i]);
            cvr_solver *solver = NULL;
            cvr_progress result;
            cvr_alloc_fail_at(nth);
            status = cvr_solver_new(data, NULL, comm, settings, &solver);
            assert_true((status == CVR_OK) == (solver != NULL));
            if (solver)
                status = cvr_solver_run(solver, NULL, NULL, &result);
            cvr_alloc_fail_at(0);
            cvr_solver_free(solver);
            cvr_settings_free(settings);
            assert_true(nth < 1000);
        }
        assert_int_equal(CVR_OK, status);
    }
    cvr_dataset_free(data);
}

static int open_comm(void **state)
{
    (void)state;
    return cvr_comm_open("serial", &comm);
}

static int close_comm(void **state)
{
    (void)state;
    cvr_comm_free(comm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fan_and_backward_are_adjoint_to_predict),
        cmocka_unit_test(patterns_are_distinct_and_not_empty),
        cmocka_unit_test(every_primal_step_solves_the_same_system),
        cmocka_unit_test(the_system_is_symmetric_and_above_identity),
        cmocka_unit_test(every_primal_step_reaches_the_same_certified_optimum),
        cmocka_unit_test(an_inner_tolerance_of_0_solves_to_rounding),
        cmocka_unit_test(small_penalties_do_not_let_an_inner_solver_rest),
        cmocka_unit_test(fista_and_admm_agree_on_the_gated_program),
        cmocka_unit_test(ridge_is_solved_in_one_step),
        cmocka_unit_test(at_beta_max_every_weight_is_zero),
        cmocka_unit_test(bounds_enclose_the_optimum_from_the_first_iteration),
        cmocka_unit_test(without_a_certificate_the_residual_decides),
        cmocka_unit_test(the_recovered_network_has_the_certified_objective),
        cmocka_unit_test(the_gated_network_is_the_gated_program),
        cmocka_unit_test(a_path_of_penalties_is_warm_started),
        cmocka_unit_test(single_precision_says_that_it_stalls),
        cmocka_unit_test(a_run_repeats_bit_for_bit),
        cmocka_unit_test(each_allocation_may_fail),
    };
    int failed =
        cmocka_run_group_tests_name("penalised bias", tests, open_comm, close_comm);
    cvr_test_bias = CVR_BIAS_FREE;
    return failed +
           cmocka_run_group_tests_name("free bias", tests, open_comm, close_comm);
}
