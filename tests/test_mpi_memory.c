/* Memory that one process does not get: all of them are told, and none waits for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "baseline/baseline.h"
#include "support/problem.h"

static const char *const runs[][2] = {
    {"convex", "--patterns 6"},
    {"convex", "--patterns 6 --primal direct"},
    {"convex", "--patterns 6 --primal block-nystrom-pcg --nystrom-rank 2"},
    {"convex", "--patterns 6 --primal block-rbcd"},
    {"convex", "--patterns 6 --formulation gated"},
    {"convex", "--patterns 6 --formulation gated --solver fista"},
    {"convex", "--patterns 6 --formulation gated-ridge"},
    {"convex", "--patterns 6 --gate-kind pairs"},
    {"convex", "--patterns 20 --primal direct"},
    {"convex", "--patterns 20 --formulation gated-ridge"},
    {"convex", "--patterns 6 --primal diag-pcg"},
    {"ccp", "--solver newton"},
    {"ccp", "--solver graph"},
    {"ccp", "--solver consensus"},
    {"deep", "--layers 5,4"},
    {"deep", "--layers 5,4 --sweep paper"},
    {"adam", "--layers 5,4"},
    {"sgd", "--layers 5,4"},
    {"bfgs", "--layers 5,4"},
};

/* How many processes say so. */
static int count(bool yes)
{
    double sum = yes;
    assert_int_equal(CVR_OK, cvr_sum_scalars(cvr_test_all, &sum, 1));
    return (int)sum;
}

/* The last process's nth allocation fails: what the run comes to, the same on all. */
static cvr_status solver_without(int64_t nth, const char *method, const cvr_dataset *data,
                                 const cvr_settings *settings)
{
    cvr_solver *solver = NULL;
    cvr_alloc_fail_at(nth);
    cvr_status status =
        cvr_solver_new(method, data, NULL, cvr_test_all, settings, &solver);
    cvr_alloc_fail_at(0);
    assert_true((status == CVR_OK) == (solver != NULL));
    assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
    cvr_solver_free(solver);
    return status;
}

static void memory_that_one_process_lacks_is_told_to_all(void **state)
{
    int size = cvr_comm_size(cvr_test_all), rank = cvr_comm_rank(cvr_test_all);
    cvr_dataset *data = cvr_test_data(cvr_test_all, CVR_DOUBLE, 40, 4, 1);
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        cvr_settings *settings = cvr_test_settings(runs[i][0], runs[i][1]);
        int64_t nth = 0;
        int made = 0;
        alarm(60); /* no process waits longer for another */
        while (made == 0) {
            nth++;
            made = count(solver_without(rank == size - 1 ? nth : 0, runs[i][0], data,
                                        settings) == CVR_OK);
            if (made != 0 && made != size)
                fail_msg("%s %s: %d of %d processes lack allocation %lld", runs[i][0],
                         runs[i][1], size - made, size, (long long)nth);
        }
        alarm(0);
        assert_true(nth > 10);
        cvr_settings_free(settings);
    }
    cvr_dataset_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_one_process_lacks_is_told_to_all)};
    cvr_baselines_register();
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
