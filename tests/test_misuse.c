/* A caller's mistake is a status and a sentence: nothing aborts, and what was there goes
   on to be of use. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "data/from_arrays.h"
#include "model/model.h"
#include "model/score.h"
#include "parallel/comm.h"
#include "support/problem.h"

static void settings_of_no_method_make_no_solver(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 30, 3, 1);
    cvr_settings *s = NULL;
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_OK, cvr_settings_new(NULL, &s));
    assert_int_equal(CVR_USAGE, cvr_solver_new(data, NULL, cvr_test_alone, s, &solver));
    assert_null(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

/* A refused penalty changes nothing. */
static void penalties_have_the_limits_of_their_option(void **state)
{
    (void)state;
    static const double wrong[] = {-1, -1e-300, NAN, INFINITY, -INFINITY};
    static const struct {
        const char *method, *text;
        bool zero; /* is a penalty */
    } all[] = {{"convex", "--formulation relu", true},
               {"convex", "--formulation gated", true},
               {"convex", "--formulation gated-ridge", false},
               {"convex", "--formulation kernel", false},
               {"ccp", "", true}};
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 30, 3, 1);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cvr_settings *s = cvr_test_settings(all[i].method, all[i].text);
        cvr_solver *solver = NULL;
        cvr_progress before, after;
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_alone, s, &solver));
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &before));
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
            assert_int_equal(CVR_USAGE, cvr_solver_set_penalty(solver, wrong[k]));
        assert_int_equal(all[i].zero ? CVR_OK : CVR_USAGE,
                         cvr_solver_set_penalty(solver, 0));
        assert_int_equal(CVR_OK, cvr_solver_set_penalty(solver, 0.1));
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &after));
        assert_true(isfinite(after.objective));
        cvr_solver_free(solver);
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

static void shapes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const int64_t sizes[] = {2, 3, 1};
    cvr_mat A = {0}, B = {0};
    cvr_dataset *data = NULL, *rest = NULL, *held = NULL;
    cvr_model m = {0};
    cvr_score score;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 6, 2, &A));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 5, 1, &B));
    assert_int_equal(CVR_OK, cvr_model_new(CVR_DOUBLE, 2, sizes, &m));
    assert_int_equal(CVR_USAGE,
                     cvr_dataset_from_matrix(A, B, CVR_REGRESS, cvr_test_alone, &data));
    assert_null(data);
    assert_int_equal(CVR_USAGE, cvr_model_forward(&m, A, B));
    assert_int_equal(CVR_USAGE,
                     cvr_score_outputs(A, B, CVR_REGRESS, 0, 0, cvr_test_alone, &score));
    assert_int_equal(CVR_USAGE, cvr_allgather(cvr_test_alone, A, B));
    data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 30, 3, 1);
    assert_int_equal(CVR_USAGE,
                     cvr_dataset_fold(data, 3, 3, 1, cvr_test_alone, &rest, &held));
    assert_int_equal(CVR_USAGE,
                     cvr_dataset_fold(data, 3, -1, 1, cvr_test_alone, &rest, &held));
    cvr_mat_free(&A);
    cvr_mat_free(&B);
    cvr_model_free(&m);
    cvr_dataset_free(data);
}

/* Test rows with other targets than the training rows. */
static void other_targets_are_refused_before_a_run(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 30, 3, 1);
    cvr_dataset *test = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 30, 3, 2);
    cvr_settings *s = cvr_test_settings("convex", "--patterns 3");
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_BAD_DATA,
                     cvr_solver_new(data, test, cvr_test_alone, s, &solver));
    assert_null(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
    cvr_dataset_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_of_no_method_make_no_solver),
        cmocka_unit_test(penalties_have_the_limits_of_their_option),
        cmocka_unit_test(shapes_that_do_not_fit_are_refused),
        cmocka_unit_test(other_targets_are_refused_before_a_run),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
