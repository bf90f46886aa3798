/* Checkpoints: a run that is cut in two ends where it would have ended, bit for bit. */
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
#include "baseline/baseline.h"
#include "support/files.h"
#include "support/problem.h"
#include "support/resume.h"

/* ---- cut in two ------------------------------------------------------------------- */

static void assert_same_double(const char *text, const char *what, double a, double b)
{
    if (memcmp(&a, &b, sizeof a) != 0 && !(isnan(a) && isnan(b)))
        fail_msg("%s: %s is %.17g and not %.17g", text, what, b, a);
}

/* Everything but times and counts of bytes. */
static void assert_same_result(const char *text, const cvr_progress *a,
                               const cvr_progress *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->iterations, b->iterations);
    assert_int_equal(a->active_neurons, b->active_neurons);
    assert_int_equal(a->patterns, b->patterns);
    assert_string_equal(a->solver, b->solver);
    assert_string_equal(a->note, b->note);
    assert_same_double(text, "the objective", a->objective, b->objective);
    assert_same_double(text, "the loss", a->loss, b->loss);
    assert_same_double(text, "the test accuracy", a->test_accuracy, b->test_accuracy);
    assert_same_double(text, "the test rmse", a->test_rmse, b->test_rmse);
    assert_same_double(text, "the primal residual", a->primal_residual,
                       b->primal_residual);
    assert_same_double(text, "the dual residual", a->dual_residual, b->dual_residual);
    assert_same_double(text, "the upper bound", a->upper_bound, b->upper_bound);
    assert_same_double(text, "the lower bound", a->lower_bound, b->lower_bound);
    assert_same_double(text, "the gap", a->gap, b->gap);
    assert_same_double(text, "the violation", a->constraint_violation,
                       b->constraint_violation);
}

static void assert_same_model(const char *text, cvr_solver *a, cvr_solver *b)
{
    int64_t lengths[2];
    unsigned char *bytes[] = {cvr_test_model_bytes(a, &lengths[0]),
                              cvr_test_model_bytes(b, &lengths[1])};
    if (lengths[0] != lengths[1] || memcmp(bytes[0], bytes[1], (size_t)lengths[0]) != 0)
        fail_msg("%s: another model", text);
    cvr_release(bytes[0]);
    cvr_release(bytes[1]);
}

static void cut_in_two(const cvr_test_cut *cut, cvr_type type)
{
    const char *path = cvr_test_path("cut");
    cvr_dataset *data = cvr_test_cut_data(cut, cvr_test_alone, type);
    cvr_dataset *test = cvr_test_cut_rows(cut, cvr_test_alone, type);
    cvr_test_training whole =
        cvr_test_part(cut, data, test, cvr_test_alone, cut->after, NULL, NULL);
    cvr_test_training first =
        cvr_test_part(cut, data, test, cvr_test_alone, cut->before, NULL, path);
    assert_int_equal(CVR_MAX_ITERATIONS, first.result.outcome);
    cvr_test_training second =
        cvr_test_part(cut, data, test, cvr_test_alone, cut->after, path, NULL);
    assert_same_result(cut->text, &whole.result, &second.result);
    assert_same_model(cut->text, whole.solver, second.solver);
    cvr_test_trained(&whole);
    cvr_test_trained(&first);
    cvr_test_trained(&second);
    cvr_dataset_free(data);
    cvr_dataset_free(test);
}

static void a_resumed_run_ends_as_one_that_was_not_cut(void **state)
{
    (void)state;
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++)
        cut_in_two(cut, CVR_DOUBLE);
}

static void so_it_does_in_single_precision(void **state)
{
    (void)state;
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++)
        cut_in_two(cut, CVR_SINGLE);
}

int main(void)
{
    cvr_baselines_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_run_ends_as_one_that_was_not_cut),
        cmocka_unit_test(so_it_does_in_single_precision),
    };
    if (cvr_test_open_comms(NULL) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
    cvr_test_close_comms(NULL);
    return failed;
}
