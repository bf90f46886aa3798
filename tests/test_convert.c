/* Gated networks as ReLU networks: shortest points, and what is kept of predictions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "linalg/least_norm.h"
#include "linalg/ops.h"
#include "model/convert.h"
#include "model/model.h"
#include "support/classes.h"
#include "support/problem.h"

/* ---- the shortest point ------------------------------------------------------------ */

/* Rows of length 1, the second half of them the first once more when `twice`. */
static cvr_mat unit_rows(int64_t d, int64_t n, bool twice)
{
    cvr_mat X = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, d, n, &X));
    for (int64_t j = 0; j < n; j++) {
        cvr_mat x = cvr_mat_cols(X, j, 1);
        for (int64_t i = 0; i < d; i++)
            cvr_set(x, i, 0, cvr_random_gauss(7, 100, twice ? j % (n / 2) : j, i));
        cvr_scale(x, 1 / sqrt(cvr_dot(x, x)));
    }
    return X;
}

/* e = sum of y_j s_j x_j, y > 0 on rows where s_j x_j'e = q_j, and >= q_j on all. */
static void check_optimal(const cvr_least_norm *l, const double *s, const double *q,
                          const double *e)
{
    cvr_mat sum = {0}, point = cvr_host_numbers((double *)e, l->d);
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, l->d, 1, &sum));
    for (int64_t i = 0; i < l->count; i++) {
        int64_t j = l->set[i];
        cvr_mat x = cvr_mat_cols(l->X, j, 1);
        assert_true(l->y[i] >= 0);
        assert_true(fabs(s[j] * cvr_dot(x, point) - q[j]) < 1e-11);
        cvr_axpby(sum, l->y[i] * s[j], x, 1);
    }
    assert_true(cvr_distance2(sum, point) < 1e-22);
    for (int64_t j = 0; j < l->n; j++)
        assert_true(s[j] * cvr_dot(cvr_mat_cols(l->X, j, 1), point) >= q[j] - 1e-11);
    cvr_mat_free(&sum);
}

static void points_are_the_shortest(void **state)
{
    static const int64_t shapes[][2] = {{1, 6}, {2, 30}, {5, 40}, {12, 30}, {30, 8}};
    (void)state;
    for (int k = 0; k < 5; k++)
        for (int twice = 0; twice < 2; twice++) {
            int64_t d = shapes[k][0], n = shapes[k][1];
            cvr_mat X = unit_rows(d, n, twice);
            cvr_least_norm l;
            double s[40], q[40], e[30], inside[30];
            cvr_mat h = cvr_host_numbers(inside, d);
            assert_int_equal(CVR_OK, cvr_least_norm_new(X, &l));
            for (int64_t i = 0; i < d; i++)
                inside[i] = cvr_random_gauss(8, 100, k, i);
            for (int64_t j = 0; j < n; j++) {
                s[j] = cvr_dot(cvr_mat_cols(X, j, 1), h) >= 0 ? 1 : -1;
                q[j] = fmax(cvr_random_gauss(9, 100, k, j), 0);
            }
            cvr_least_norm_find(&l, s, q, e);
            check_optimal(&l, s, q, e);
            cvr_least_norm_free(&l);
            cvr_mat_free(&X);
        }
}

/* ---- networks ---------------------------------------------------------------------- */

static const char *const ways[] = {"", "h-shift", "short-shift", "min-norm", "min-sum"};

/* A gated network, trained on its rows. */
static cvr_model gated(const cvr_dataset *data, const char *text)
{
    cvr_test_training t = cvr_test_train("convex", data, NULL, cvr_test_all, text);
    cvr_model m;
    assert_int_equal(CVR_OK, cvr_solver_model(t.solver, &m));
    assert_int_equal(CVR_GATED, m.kind);
    cvr_test_trained(&t);
    return m;
}

static void check_ways(const cvr_dataset *data, const char *text, double close)
{
    cvr_model m = gated(data, text);
    double growth[5] = {0};
    for (int way = CVR_CONVERT_H_SHIFT; way <= CVR_CONVERT_MIN_SUM; way++) {
        cvr_model network;
        cvr_conversion about;
        cvr_difference d;
        if (cvr_model_convert(&m, (cvr_convert)way, data, cvr_test_all, &network,
                              &about) != CVR_OK)
            fail_msg("%s %s: %s", text, ways[way], cvr_last_error());
        assert_int_equal(CVR_NETWORK, network.kind);
        assert_int_equal(CVR_DOUBLE, network.layers[0].W.type);
        assert_int_equal(about.neurons, network.layers[0].W.rows);
        assert_int_equal(0, about.tied);
        assert_int_equal(CVR_OK, cvr_models_differ(&m, &network, data, cvr_test_all, &d));
        assert_int_equal(data->rows, d.rows);
        if (!(d.most <= close))
            fail_msg("%s %s: off by %g", text, ways[way], d.most);
        assert_int_equal(m.classes, network.classes);
        assert_string_equal(m.record, network.record);
        growth[way] = about.norm;
        cvr_model_free(&network);
    }
    assert_true(growth[CVR_CONVERT_MIN_SUM] <= (1 + 1e-9) * growth[CVR_CONVERT_MIN_NORM]);
    assert_true(growth[CVR_CONVERT_MIN_SUM] <=
                (1 + 1e-9) * growth[CVR_CONVERT_SHORT_SHIFT]);
    assert_true(growth[CVR_CONVERT_SHORT_SHIFT] <=
                (1 + 1e-9) * growth[CVR_CONVERT_H_SHIFT]);
    cvr_model_free(&m);
}

/* In single precision the gated network's own outputs are rounded. */
static void predictions_on_training_rows_are_kept(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++) {
        double close = type == CVR_DOUBLE ? 1e-10 : 1e-4;
        cvr_dataset *classes =
            cvr_test_classes(cvr_test_all, (cvr_type)type, 0, 60, 5, 2);
        cvr_dataset *three = cvr_test_classes(cvr_test_all, (cvr_type)type, 0, 50, 5, 3);
        cvr_dataset *values =
            cvr_test_free(cvr_test_all, (cvr_type)type, 40, 5, 2, 3, 10);
        check_ways(classes, "--formulation gated --patterns 8 --tolerance 1e-4", close);
        check_ways(three, "--formulation gated-ridge --patterns 6", close);
        check_ways(values, "--formulation gated --patterns 7 --tolerance 1e-4", close);
        cvr_dataset_free(classes);
        cvr_dataset_free(three);
        cvr_dataset_free(values);
    }
}

/* h x = 0 on the first row of process 0, which needs a shift there: h-shift has none and
   takes the shortest way. */
static void a_gate_on_a_row_is_shifted_another_way(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_all, CVR_DOUBLE, 20, 3, 1);
    const double x[2] = {0.5, 0.25};
    cvr_model m, network;
    cvr_conversion about;
    cvr_difference d;
    for (int k = 0; k < 2 && data->first == 0 && data->X.rows > 0; k++)
        cvr_set(data->X, 0, k, x[k]);
    assert_int_equal(CVR_OK, cvr_model_new_gated(CVR_DOUBLE, 2, 1, 1, &m));
    cvr_set(m.gates.W, 0, 0, -x[1]);
    cvr_set(m.gates.W, 0, 1, x[0]);
    cvr_set(m.layers[0].W, 0, 0, -x[0]);
    cvr_set(m.layers[0].W, 0, 1, -x[1]);
    assert_int_equal(CVR_OK, cvr_model_convert(&m, CVR_CONVERT_H_SHIFT, data,
                                               cvr_test_all, &network, &about));
    assert_int_equal(1, about.tied);
    assert_int_equal(CVR_OK, cvr_models_differ(&m, &network, data, cvr_test_all, &d));
    assert_true(d.most <= 1e-12);
    cvr_model_free(&network);
    assert_int_equal(CVR_USAGE, cvr_model_convert(&network, CVR_CONVERT_H_SHIFT, data,
                                                  cvr_test_all, &network, &about));
    cvr_model_free(&m);
    cvr_dataset_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_the_shortest),
        cmocka_unit_test(predictions_on_training_rows_are_kept),
        cmocka_unit_test(a_gate_on_a_row_is_shifted_another_way)};
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
