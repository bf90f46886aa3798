/* The default on data that hardly are any: right answers, or a sentence. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

enum { MOST = 64, WIDE = 3 };

/* The first n rows of d numbers, with values or labels. */
typedef struct table {
    int64_t n, d;
    double x[MOST * WIDE], y[MOST];
    int32_t label[MOST];
} table;

/* Numbers without a pattern, in [0, 1). */
static double number(int64_t i)
{
    double whole;
    return modf(sin((double)i + 1) * 43758.5453 + 50000, &whole);
}

static table made(int64_t n, int64_t d)
{
    table t = {.n = n, .d = d};
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < d; j++)
            t.x[i * d + j] = number(i * d + j);
        t.y[i] = t.x[i * d];
        t.label[i] = t.x[i * d] > 0.5;
    }
    return t;
}

static cvr_array features(table *t)
{
    return (cvr_array){t->x, CVR_FLOAT64, t->n, t->d, 0, 0};
}

static cvr_array targets(table *t, bool classes)
{
    return classes ? (cvr_array){t->label, CVR_INT32, t->n, 1, 0, 0}
                   : (cvr_array){t->y, CVR_FLOAT64, t->n, 1, 0, 0};
}

static cvr_status fit(table *t, bool classes, cvr_model *m)
{
    return cvr_fit("convex", features(t), targets(t, classes), NULL,
                   classes ? "task=classify" : "task=regress", m);
}

/* The outputs for the rows of `rows` of a model of t, which is freed. */
static void predict(table *t, bool classes, table *rows, double *f)
{
    cvr_model m;
    if (fit(t, classes, &m) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    assert_int_equal(1, m.outputs);
    assert_int_equal(CVR_OK, cvr_predict(&m, features(rows),
                                         (cvr_array){f, CVR_FLOAT64, rows->n, 1, 0, 0}));
    for (int64_t i = 0; i < rows->n; i++)
        assert_true(isfinite(f[i]));
    cvr_model_free(&m);
}

static void near(double a, double b, double most)
{
    if (!(fabs(a - b) <= most))
        fail_msg("%.17g and %.17g differ by more than %g", a, b, most);
}

/* ---- few rows ---------------------------------------------------------------------- */

static void one_row_is_its_own_mean(void **state)
{
    (void)state;
    table t = made(1, 2), other = made(5, 2);
    double f[MOST];
    predict(&t, false, &other, f);
    for (int64_t i = 0; i < 5; i++)
        near(t.y[0], f[i], 1e-12);
}

static void two_rows_are_told_apart(void **state)
{
    (void)state;
    table t = made(2, 2);
    double f[MOST];
    t.label[0] = 0;
    t.label[1] = 1;
    predict(&t, false, &t, f);
    assert_true((f[0] < f[1]) == (t.y[0] < t.y[1]));
    predict(&t, true, &t, f);
    assert_true(f[0] < 0 && f[1] > 0);
}

static void a_class_alone_is_a_sentence(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 9; n += 4) {
        table t = made(n, 2);
        cvr_model m;
        memset(t.label, 0, sizeof t.label);
        assert_int_equal(CVR_BAD_DATA, fit(&t, true, &m));
        assert_non_null(strstr(cvr_last_error(), "only one class"));
    }
}

/* Three of each of three classes, far apart: rows that are left out are predicted wrong,
   for their class is the rarest then, and yet no class is taken for another. */
static void a_handful_of_each_class_suffices(void **state)
{
    (void)state;
    table t = made(9, 2);
    cvr_model m;
    for (int64_t i = 0; i < 9; i++) {
        t.label[i] = (int32_t)(i % 3);
        t.x[2 * i] += 4.0 * (double)(i % 3);
        t.x[2 * i + 1] -= 3.0 * (double)(i % 3 == 1);
    }
    assert_int_equal(CVR_OK, fit(&t, true, &m));
    assert_int_equal(3, m.outputs);
    assert_int_equal(CVR_OK, cvr_predict(&m, features(&t),
                                         (cvr_array){t.label, CVR_INT32, 9, 1, 0, 0}));
    for (int64_t i = 0; i < 9; i++)
        assert_int_equal(i % 3, t.label[i]);
    cvr_model_free(&m);
}

/* ---- columns and rows that say nothing --------------------------------------------- */

static void constant_columns_change_nothing(void **state)
{
    (void)state;
    table t = made(40, 2), wide = {.n = 40, .d = 3};
    double f[MOST], g[MOST];
    for (int64_t i = 0; i < 40; i++) {
        wide.x[3 * i] = t.x[2 * i];
        wide.x[3 * i + 1] = 7;
        wide.x[3 * i + 2] = t.x[2 * i + 1];
        wide.label[i] = t.label[i];
        wide.y[i] = t.y[i] * t.y[i];
        t.y[i] = wide.y[i];
    }
    predict(&t, false, &t, f);
    predict(&wide, false, &wide, g);
    for (int64_t i = 0; i < 40; i++)
        near(f[i], g[i], 0.1);
}

static void rows_that_are_all_equal_have_the_mean(void **state)
{
    (void)state;
    table t = made(30, 2);
    double f[MOST], mean = 0;
    for (int64_t i = 0; i < 30; i++) {
        t.x[2 * i] = 3;
        t.x[2 * i + 1] = -1;
        t.label[i] = i % 3 == 0;
        mean += t.y[i] / 30;
    }
    predict(&t, false, &t, f);
    near(mean, f[0], 1e-6);
    predict(&t, true, &t, f);
    near(-1.0 / 3, f[0], 1e-6);
}

static void a_constant_target_is_predicted(void **state)
{
    (void)state;
    table t = made(30, 2), other = made(50, 2);
    double f[MOST];
    for (int64_t i = 0; i < 30; i++)
        t.y[i] = -2.5;
    predict(&t, false, &other, f);
    for (int64_t i = 0; i < 50; i++)
        near(-2.5, f[i], 1e-9);
}

/* Rows twice are rows of weight 2. The kernels' own weights are means over rows, and the
   penalty is chosen anew: outputs are close, not the same. */
static void duplicate_rows_are_rows_of_more_weight(void **state)
{
    (void)state;
    table t = made(20, 2), twice = {.n = 40, .d = 2};
    double f[MOST], g[MOST], apart = 0, size = 0;
    memcpy(twice.x, t.x, 40 * sizeof *t.x);
    memcpy(twice.x + 40, t.x, 40 * sizeof *t.x);
    memcpy(twice.y, t.y, 20 * sizeof *t.y);
    memcpy(twice.y + 20, t.y, 20 * sizeof *t.y);
    predict(&t, false, &t, f);
    predict(&twice, false, &t, g);
    for (int64_t i = 0; i < 20; i++) {
        apart += (f[i] - g[i]) * (f[i] - g[i]);
        size += f[i] * f[i];
    }
    assert_true(apart <= 0.01 * size);
}

/* 2100 rows in a square, in single precision: no factor without a penalty. */
static void a_kernel_that_rounding_makes_indefinite_is_said_to_be(void **state)
{
    (void)state;
    enum { N = 2100 };
    static float x[2 * N], y[N];
    cvr_model m;
    for (int64_t i = 0; i < N; i++) {
        x[2 * i] = (float)number(2 * i);
        x[2 * i + 1] = (float)number(2 * i + 1);
        y[i] = x[2 * i] * x[2 * i + 1];
    }
    assert_int_equal(CVR_NUMERICAL,
                     cvr_fit("convex", (cvr_array){x, CVR_FLOAT32, N, 2, 0, 0},
                             (cvr_array){y, CVR_FLOAT32, N, 1, 0, 0}, NULL,
                             "formulation=kernel kernel=relu beta-relative=1e-13", &m));
    assert_non_null(strstr(cvr_last_error(), "is not positive definite to the rounding "
                                             "of single precision"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_row_is_its_own_mean),
        cmocka_unit_test(two_rows_are_told_apart),
        cmocka_unit_test(a_class_alone_is_a_sentence),
        cmocka_unit_test(a_handful_of_each_class_suffices),
        cmocka_unit_test(constant_columns_change_nothing),
        cmocka_unit_test(rows_that_are_all_equal_have_the_mean),
        cmocka_unit_test(a_constant_target_is_predicted),
        cmocka_unit_test(duplicate_rows_are_rows_of_more_weight),
        cmocka_unit_test(a_kernel_that_rounding_makes_indefinite_is_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
