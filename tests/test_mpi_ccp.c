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

#include "support/problem.h"

static cvr_progress solve(const cvr_dataset *data, cvr_comm *comm, const char *text)
{
    cvr_settings *s = cvr_test_settings("ccp", text);
    cvr_solver *solver = NULL;
    cvr_progress result = {0};
    if (cvr_solver_new("ccp", data, NULL, comm, s, &solver) != CVR_OK ||
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_processes_finds_the_same_objective),
        cmocka_unit_test(processes_without_rows_take_part),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
