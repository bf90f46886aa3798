/* Pruning on several processes: the same weights go, the same errors are reported. Runs
   alone and under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "prune/task.h"
#include "support/models.h"
#include "support/problem.h"

static void check(cvr_prune_options o, cvr_type type, int64_t rows, double tolerance)
{
    const int64_t sizes[] = {9, 5, 2};
    cvr_model m = cvr_test_network(type, 2, sizes), one, many;
    cvr_dataset *whole = cvr_test_data(cvr_test_alone, type, rows, 10, 2);
    cvr_dataset *part = cvr_test_data(cvr_test_all, type, rows, 10, 2);
    cvr_prune_result a, b;
    assert_int_equal(CVR_OK, cvr_prune(&m, whole, cvr_test_alone, &o, &one, &a));
    assert_int_equal(CVR_OK, cvr_prune(&m, part, cvr_test_all, &o, &many, &b));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(a.layers[i].kept, b.layers[i].kept);
        if (!(fabs(a.layers[i].error - b.layers[i].error) <= tolerance))
            fail_msg("%s: errors of layer %d: %.12g and %.12g",
                     cvr_prune_mode_name(o.mode), i + 1, a.layers[i].error,
                     b.layers[i].error);
    }
    cvr_model_free(&m);
    cvr_model_free(&one);
    cvr_model_free(&many);
    cvr_prune_result_free(&a);
    cvr_prune_result_free(&b);
    cvr_dataset_free(whole);
    cvr_dataset_free(part);
}

static void any_number_of_processes_prunes_alike(void **state)
{
    (void)state;
    const cvr_prune_mode modes[] = {CVR_PRUNE_L0, CVR_PRUNE_L1_REFIT,
                                    CVR_PRUNE_MAGNITUDE};
    for (int i = 0; i < 3; i++)
        check((cvr_prune_options){.mode = modes[i], .density = 0.3, .iterations = 20},
              CVR_DOUBLE, 97, 1e-8);
    check((cvr_prune_options){.mode = CVR_PRUNE_MAGNITUDE_REFIT, .error = 0.2},
          CVR_DOUBLE, 97, 1e-8);
    check((cvr_prune_options){.mode = CVR_PRUNE_L1, .lambda_relative = 0.1}, CVR_DOUBLE,
          97, 1e-8);
    check((cvr_prune_options){.mode = CVR_PRUNE_MAGNITUDE_REFIT, .density = 0.3},
          CVR_SINGLE, 97, 1e-4);
}

/* Fewer rows than processes: some have none. */
static void processes_without_rows_take_part(void **state)
{
    (void)state;
    check((cvr_prune_options){.density = 0.9, .iterations = 10}, CVR_DOUBLE, 3, 1e-6);
    check((cvr_prune_options){.mode = CVR_PRUNE_MAGNITUDE_REFIT, .density = 0.5},
          CVR_DOUBLE, 3, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_processes_prunes_alike),
        cmocka_unit_test(processes_without_rows_take_part),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
