/* The ccp family on several processes: what one process finds, all find. Runs alone and
   under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ccp/graph.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "support/models.h"
#include "support/problem.h"

static cvr_progress solve(const cvr_dataset *data, cvr_comm *comm, const char *text)
{
    cvr_settings *s = cvr_test_settings("ccp", text);
    cvr_solver *solver = NULL;
    cvr_progress result = {0};
    if (cvr_solver_new(data, NULL, comm, s, &solver) != CVR_OK ||
        cvr_solver_run(solver, NULL, NULL, &result) != CVR_OK)
        fail_msg("%s: %s", text, cvr_last_error());
    cvr_solver_free(solver);
    cvr_settings_free(s);
    return result;
}

static cvr_dataset *rows_of(cvr_comm *comm, cvr_type type, int64_t rows, bool free)
{
    return free ? cvr_test_free(comm, type, rows, 5, 2, 1, 100)
                : cvr_test_data(comm, type, rows, 5, 2);
}

static void check_beside(const char *text, cvr_type type, int64_t rows, bool free,
                         double tolerance)
{
    cvr_dataset *whole = rows_of(cvr_test_alone, type, rows, free);
    cvr_dataset *part = rows_of(cvr_test_all, type, rows, free);
    cvr_progress one = solve(whole, cvr_test_alone, text),
                 many = solve(part, cvr_test_all, text);
    double apart = fabs(one.objective - many.objective) / fabs(one.objective);
    if (!(apart <= tolerance))
        fail_msg("%s: objectives differ by %g", text, apart);
    assert_true(fabs(one.train.loss - many.train.loss) <=
                1e3 * tolerance * fabs(one.train.loss));
    assert_int_equal(one.outcome, many.outcome);
    assert_int_equal(strstr(one.note, "globally optimal") != NULL,
                     strstr(many.note, "globally optimal") != NULL);
    assert_int_equal(one.active_neurons, many.active_neurons);
    cvr_dataset_free(whole);
    cvr_dataset_free(part);
}

/* With an intercept, and with an offset besides. */
static void check(const char *text, cvr_type type, int64_t rows, double tolerance)
{
    check_beside(text, type, rows, false, tolerance);
    check_beside(text, type, rows, true, tolerance);
}

static void any_number_of_processes_finds_the_same_objective(void **state)
{
    (void)state;
    const char *const texts[] = {
        "--solver newton --lambda-relative 0.05 --restarts 6 --tolerance 1e-9",
        "--solver graph --lambda-relative 0.05 --restarts 6 --tolerance 1e-9",
        "--solver consensus --lambda-relative 0.05 --restarts 2 --tolerance 1e-9",
        "--solver newton --lambda-relative 0.7 --restarts 0",
        "--solver graph --lambda-relative 3 --restarts 0 --tolerance 1e-9",
        "--solver graph --lambda 0 --restarts 0 --start least-squares --tolerance 1e-9",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (cvr_test_turn((int64_t)i))
            check(texts[i], CVR_DOUBLE, 61, 1e-8);
    check("--solver newton --lambda-relative 0.1 --restarts 0", CVR_SINGLE, 61, 1e-3);
    check("--solver graph --lambda-relative 0.1 --restarts 0", CVR_SINGLE, 61, 1e-3);
}

/* Fewer rows than processes: some have none. */
static void processes_without_rows_take_part(void **state)
{
    (void)state;
    check("--solver newton --lambda-relative 0.05 --restarts 0", CVR_DOUBLE, 3, 1e-8);
    check("--solver graph --lambda-relative 0.05 --restarts 0", CVR_DOUBLE, 3, 1e-8);
    check("--solver consensus --lambda-relative 0.05 --restarts 0", CVR_DOUBLE, 3, 1e-8);
}

/* ---- graph-form ADMM --------------------------------------------------------------- */

/* Of the columns of a matrix, own rows. */
static cvr_mat rows_from(cvr_comm *comm, int64_t rows, int64_t cols, uint32_t seed)
{
    cvr_mat all = cvr_test_matrix(CVR_DOUBLE, rows, cols, seed), own = {0};
    int64_t size = cvr_comm_size(comm), rank = cvr_comm_rank(comm);
    int64_t first = rows * rank / size, next = rows * (rank + 1) / size;
    assert_int_equal(CVR_OK,
                     cvr_mat_new(cvr_cpu(), CVR_DOUBLE, next - first, cols, &own));
    cvr_copy(own, cvr_mat_part(all, first, 0, next - first, cols));
    cvr_mat_free(&all);
    return own;
}

/* Targets that are large in the first half of the rows and below 0 in the second: |W| is
   larger than |XU| there, and smaller here. */
static void residuals_of(cvr_comm *comm, double residuals[2])
{
    enum { ROWS = 60, D = 4 };
    cvr_mat X = rows_from(comm, ROWS, D, 1), Y = rows_from(comm, ROWS, 1, 2);
    cvr_mat U = cvr_test_matrix(CVR_DOUBLE, D, 1, 3);
    int64_t first = ROWS * cvr_comm_rank(comm) / cvr_comm_size(comm);
    cvr_workspace memory;
    cvr_graph g;
    for (int64_t i = 0; i < Y.rows; i++)
        cvr_set(Y, i, 0, first + i < ROWS / 2 ? 100 : -100);
    cvr_graph_problem p = {.X = X, .Y = Y, .relu = true, .intercept = -1, .lambda = 1};
    assert_int_equal(CVR_OK, cvr_graph_new(&p, comm, &memory, &g));
    assert_int_equal(CVR_OK, cvr_graph_start(&g, U, NULL));
    for (int k = 0; k < 2; k++)
        assert_int_equal(CVR_OK, cvr_graph_step(&g));
    assert_int_equal(CVR_OK, cvr_graph_residuals(&g, &residuals[0], &residuals[1]));
    cvr_workspace_free(&memory);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    cvr_mat_free(&U);
}

static void residuals_do_not_depend_on_the_processes(void **state)
{
    (void)state;
    double one[2], many[2];
    residuals_of(cvr_test_alone, one);
    residuals_of(cvr_test_all, many);
    for (int i = 0; i < 2; i++)
        if (!(fabs(one[i] - many[i]) <= 1e-10 * one[i]))
            fail_msg("residual %d: %.12g and %.12g", i, one[i], many[i]);
}

/* (Z'Z + kappa I) U = B with Z = X S^{-1}, without a d x d matrix when rows are few. */
static void check_factor(int64_t rows, int64_t d)
{
    cvr_comm *comm = cvr_test_all;
    cvr_mat X = rows_from(comm, rows, d, 1), Y = rows_from(comm, rows, 3, 2);
    cvr_mat B = cvr_test_matrix(CVR_DOUBLE, d, 3, 3),
            U = cvr_test_matrix(CVR_DOUBLE, d, 3, 3);
    cvr_mat V = cvr_test_matrix(CVR_DOUBLE, d, 3, 3);
    cvr_workspace memory;
    cvr_graph g;
    cvr_graph_problem p = {.X = X, .Y = Y, .intercept = -1};
    assert_int_equal(CVR_OK, cvr_graph_new(&p, comm, &memory, &g));
    assert_int_equal(CVR_OK, cvr_graph_factor_form(&g.factor));
    assert_int_equal(g.factor.L.rows, rows < d ? rows : d);
    cvr_graph_factor_solve(&g.factor, U);
    cvr_copy(V, U);
    cvr_scale_rows(V, g.factor.unscale);
    cvr_gemm(Y, 1, CVR_N, X, CVR_N, V, 0);
    cvr_gemm(V, 1, CVR_T, X, CVR_N, Y, 0);
    assert_int_equal(CVR_OK, cvr_allreduce(comm, V));
    cvr_scale_rows(V, g.factor.unscale);
    cvr_axpby(V, g.factor.kappa, U, 1);
    assert_true(cvr_distance2(V, B) <= 1e-20 * cvr_dot(B, B));
    cvr_workspace_free(&memory);
    cvr_mat *all[] = {&X, &Y, &B, &U, &V};
    for (int i = 0; i < 5; i++)
        cvr_mat_free(all[i]);
}

static void the_factor_solves_tall_and_wide_problems(void **state)
{
    (void)state;
    check_factor(40, 7);
    check_factor(12, 30);
    check_factor(3, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_processes_finds_the_same_objective),
        cmocka_unit_test(processes_without_rows_take_part),
        cmocka_unit_test(residuals_do_not_depend_on_the_processes),
        cmocka_unit_test(the_factor_solves_tall_and_wide_problems),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
