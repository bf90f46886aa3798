/* What a run says of the network that it ends with. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "baseline/baseline.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "solver/method.h"
#include "solver/remark.h"
#include "solver/resume.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/problem.h"

static cvr_comm *comm;

static bool says(const cvr_progress *p, const char *words)
{
    return strstr(p->note, words) != NULL;
}

/* n rows of one feature in [-1, 1]; y from it. */
static cvr_dataset *rows_of(int64_t n, double (*y)(double x), cvr_task task)
{
    cvr_mat X = {0}, Y = {0};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, 1, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, 1, &Y));
    for (int64_t i = 0; i < n; i++) {
        double x = 2 * (double)i / (double)(n - 1) - 1;
        cvr_set(X, i, 0, x);
        cvr_set(Y, i, 0, y(x));
    }
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, task, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE,
                                                       CVR_BIAS_PENALISED, comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

static cvr_progress ended(const char *method, const cvr_dataset *data, const char *text)
{
    cvr_test_training t = cvr_test_train(method, data, NULL, comm, text);
    cvr_test_trained(&t);
    return t.result;
}

/* Few rows of class 2, between those of classes 0 and 1. */
static double rare(double x)
{
    return fabs(x) < 0.02 ? 2 : x > 0;
}

static double line(double x)
{
    return 2 + x;
}

static void a_class_that_is_never_predicted_is_named(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(400, rare, CVR_CLASSIFY);
    cvr_progress p = ended("deep", data, "--layers none --loss squared");
    assert_true(says(&p, "class '2' is never predicted on the training rows"));
    assert_true(p.train.accuracy > 0.9);
    cvr_dataset_free(data);
    data = cvr_test_classes(comm, CVR_DOUBLE, 0, 200, 2, 3);
    p = ended("deep", data, "--layers 20");
    assert_false(says(&p, "never predicted"));
    cvr_dataset_free(data);
}

static void a_network_without_weights_is_named(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(50, line, CVR_REGRESS);
    cvr_progress p = ended("ccp", data, "--lambda 1e9");
    assert_true(says(&p,
                     "zero except for its constants: every training row gets the output "
                     "2"));
    p = ended("ccp", data, "--lambda-relative 0.01");
    assert_false(says(&p, "every training row"));
    cvr_dataset_free(data);
}

static void an_open_tolerance_is_named(void **state)
{
    (void)state;
    cvr_dataset *data = rows_of(50, line, CVR_REGRESS);
    cvr_progress p = ended("deep", data, "--layers 5 --max-iterations 3");
    assert_int_equal(CVR_MAX_ITERATIONS, p.outcome);
    assert_true(says(&p, "not converged"));
    p = ended("adam", data, "--max-iterations 3"); /* has no tolerance by default */
    assert_int_equal(CVR_MAX_ITERATIONS, p.outcome);
    assert_false(says(&p, "not converged"));
    p = ended("deep", data, "--layers none --max-iterations 1000");
    assert_int_equal(CVR_CONVERGED, p.outcome);
    assert_false(says(&p, "not converged"));
    p = ended("convex", data, "--formulation gated --max-iterations 1 --tolerance 1e-9");
    assert_int_equal(CVR_MAX_ITERATIONS, p.outcome);
    assert_true(says(&p, "not converged: the gap is"));
    cvr_dataset_free(data);
}

/* Nothing has been measured: no outcome and no figure may come of it. */
static void a_solver_saved_before_its_first_run_runs(void **state)
{
    static const char *const methods[] = {"convex", "deep", "ccp"};
    (void)state;
    cvr_dataset *data = rows_of(50, line, CVR_REGRESS);
    for (int i = 0; i < 3; i++) {
        const char *path = cvr_test_path("first.ck");
        cvr_settings *s = cvr_test_settings(methods[i], "");
        cvr_solver *first = NULL, *second = NULL;
        cvr_progress last, result;
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, s, &first));
        assert_int_equal(CVR_OK, cvr_solver_save(first, path));
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, comm, s, &second));
        assert_int_equal(CVR_OK, cvr_solver_restore(second, path, &last));
        assert_int_equal(0, last.iterations);
        assert_true(isnan(last.objective) && isnan(last.gap));
        assert_int_equal(CVR_OK, cvr_solver_run(second, NULL, NULL, &result));
        assert_true(result.iterations > 0 && result.objective > 0);
        cvr_solver_free(first);
        cvr_solver_free(second);
        cvr_settings_free(s);
    }
    cvr_dataset_free(data);
}

/* Objectives would overflow, or be 0 for whatever network. */
static void targets_without_squares_are_refused(void **state)
{
    static const char *const methods[] = {"convex", "deep", "ccp", "adam", "cg"};
    static const double units[] = {1e200, 1e-170};
    (void)state;
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 2; k++) {
            cvr_dataset *data = cvr_test_free(comm, CVR_DOUBLE, 30, 4, 1, units[k], 0);
            cvr_settings *s = cvr_test_settings(methods[i], "");
            cvr_solver *solver = NULL;
            assert_int_equal(CVR_BAD_DATA, cvr_solver_new(data, NULL, comm, s, &solver));
            assert_non_null(strstr(cvr_last_error(), "targets of up to"));
            cvr_settings_free(s);
            cvr_dataset_free(data);
        }
}

static void gaps_are_relative_and_never_nothing(void **state)
{
    (void)state;
    assert_true(cvr_relative_gap(2, 1) == 0.5);
    assert_true(cvr_relative_gap(1, 1 + 1e-15) == 0);
    assert_true(cvr_relative_gap(5e-310, 6e-312) > 0.9);
    assert_true(cvr_relative_gap(0, 0) == 0);
    assert_true(isinf(cvr_relative_gap(0, -1)));
    assert_true(isnan(cvr_relative_gap(NAN, 1)) && isnan(cvr_relative_gap(1, NAN)));
}

static int open_all(void **state)
{
    return cvr_test_folder(state) || cvr_comm_open("serial", &comm) != CVR_OK;
}

static int close_all(void **state)
{
    cvr_comm_free(comm);
    return cvr_test_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_that_is_never_predicted_is_named),
        cmocka_unit_test(a_network_without_weights_is_named),
        cmocka_unit_test(an_open_tolerance_is_named),
        cmocka_unit_test(a_solver_saved_before_its_first_run_runs),
        cmocka_unit_test(targets_without_squares_are_refused),
        cmocka_unit_test(gaps_are_relative_and_never_nothing),
    };
    cvr_baselines_register();
    return cmocka_run_group_tests(tests, open_all, close_all);
}
