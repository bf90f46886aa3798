/* Losses of the sampled program other than the squared one: gaps close, and programs that
   are the same have the same optimum. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/problem.h"

enum { ROWS = 50, COLUMNS = 4 };

static const char *const formulations[] = {"relu", "gated"};

/* classes 0: values. */
static cvr_dataset *rows(cvr_type type, int classes, bool free)
{
    if (classes > 0)
        return cvr_test_classes(cvr_test_alone, type, 0, ROWS, COLUMNS, classes);
    return free ? cvr_test_free(cvr_test_alone, type, ROWS, COLUMNS, 2, 1, 0.3)
                : cvr_test_data(cvr_test_alone, type, ROWS, COLUMNS, 2);
}

static cvr_progress solve(const cvr_dataset *data, const char *format, const char *what,
                          const char *formulation, double beta)
{
    char text[512], head[256];
    snprintf(head, sizeof head, format, what);
    snprintf(text, sizeof text,
             "--patterns 6 --seed 3 --max-iterations 6000 --formulation %s %s %.17g",
             formulation, head, beta);
    return cvr_test_solve(data, cvr_test_alone, text);
}

typedef struct subject {
    const char *loss;
    int classes;
    double gap; /* with cones programs without curvature are long */
} subject;

static const subject subjects[] = {{"logistic", 2, 1e-7},      {"logistic", 3, 1e-7},
                                   {"softmax", 3, 1e-7},       {"hinge", 2, 1e-4},
                                   {"squared-hinge", 2, 1e-7}, {"huber", 0, 1e-7},
                                   {"absolute", 0, 1e-4},      {"quantile", 0, 1e-4}};

static void every_gap_closes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        for (int type = 0; type < 2; type++)
            for (int free = 0; free < 2; free++)
                for (int f = 0; f < 2; f++) {
                    const subject *s = &subjects[i];
                    double tolerance = type == CVR_DOUBLE ? s->gap : 1e-3;
                    char format[64];
                    cvr_dataset *data = rows((cvr_type)type, s->classes, free);
                    snprintf(format, sizeof format,
                             "--loss %%s --tolerance %g --beta-relative", tolerance);
                    cvr_progress p = solve(data, format, s->loss, formulations[f], 0.05);
                    if (p.outcome != CVR_CONVERGED)
                        fail_msg("%s %s, type %d, free %d: gap %g after %d", s->loss,
                                 formulations[f], type, free, p.gap, (int)p.iterations);
                    assert_true(p.lower_bound <= p.upper_bound * (1 + 1e-8));
                    assert_true(p.objective >= p.lower_bound * (1 - 1e-3));
                    cvr_dataset_free(data);
                }
}

/* Above beta_max nothing is left but the best constants, and that is proven; below it
   something is. */
static void beta_max_is_where_weights_begin(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        for (int f = 0; f < 2; f++) {
            const subject *s = &subjects[i];
            const char *format = "--loss %s --tolerance 1e-12 --beta-relative";
            cvr_dataset *data = rows(CVR_DOUBLE, s->classes, true);
            cvr_progress at = solve(data, format, s->loss, formulations[f], 1 + 1e-12);
            assert_true(at.gap <= 1e-12);
            assert_int_equal(0, at.active_neurons);
            if (f == 1) { /* cones: beta_max is an upper bound of that beta */
                cvr_progress below = solve(data, format, s->loss, formulations[f], 0.9);
                assert_true(below.upper_bound < at.upper_bound * (1 - 1e-6));
            }
            cvr_dataset_free(data);
        }
}

static void same_optimum(double a, double b)
{
    assert_true(fabs(a - b) <= 2e-6 * fabs(a));
}

/* Huber's loss of a great width is the squared one; a median is an absolute deviation,
   times two. */
static void losses_that_are_the_same_have_one_optimum(void **state)
{
    (void)state;
    for (int free = 0; free < 2; free++)
        for (int f = 0; f < 2; f++) {
            const char *squared = "--loss %s --tolerance 1e-7 --beta";
            const char *huber = "--loss %s --huber-width 1e4 --tolerance 1e-7 --beta";
            const char *half = "--loss %s --quantile 0.5 --tolerance 1e-6 --beta";
            const char *whole = "--loss %s --tolerance 1e-6 --beta";
            cvr_dataset *data = rows(CVR_DOUBLE, 0, free);
            same_optimum(
                solve(data, squared, "squared", formulations[f], 0.7).upper_bound,
                solve(data, huber, "huber", formulations[f], 0.7).upper_bound);
            same_optimum(
                2 * solve(data, half, "quantile", formulations[f], 0.4).upper_bound,
                solve(data, whole, "absolute", formulations[f], 0.8).upper_bound);
            cvr_dataset_free(data);
        }
}

/* ---- weights ----------------------------------------------------------------------- */

enum { GATES = 6 };

/* Rows of which row i comes 1 + i mod 3 times, or once with that as its weight. */
static cvr_dataset *weighed(bool repeated, bool labels)
{
    double X[3 * ROWS][COLUMNS], Y[3 * ROWS];
    int64_t n = 0;
    cvr_dataset *data = NULL;
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < (repeated ? 1 + i % 3 : 1); k++, n++) {
            for (int j = 0; j < COLUMNS; j++)
                X[n][j] = sin(1.7 * i + 2.3 * j * j + 0.3 * j);
            Y[n] = labels ? (cos(2.9 * i) > 0.2) : cos(2.9 * i) + X[n][0];
        }
    cvr_array x = {X, CVR_FLOAT64, n, COLUMNS, 0, 0}, y = {Y, CVR_FLOAT64, n, 1, 0, 0};
    assert_int_equal(CVR_OK, cvr_dataset_from_arrays(x, y, CVR_DOUBLE,
                                                     labels ? CVR_CLASSIFY : CVR_REGRESS,
                                                     cvr_test_alone, &data));
    if (!repeated) {
        assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, 1, &data->W));
        for (int i = 0; i < n; i++)
            cvr_set(data->W, i, 0, 1 + i % 3);
    }
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE,
                                                       CVR_BIAS_FREE, cvr_test_alone));
    return data;
}

static const char *gates_file(void)
{
    char text[GATES * COLUMNS * 24], *end = text;
    for (int k = 0; k < GATES; k++)
        for (int j = 0; j < COLUMNS; j++)
            end += sprintf(end, "%.17g%c", cos(3.1 * k + 1.3 * j * j + j),
                           j + 1 < COLUMNS ? ',' : '\n');
    return cvr_test_file("gates.csv", text, (size_t)(end - text));
}

/* Weights are repetitions, of each loss: gates of a file are the same. */
static void weights_are_repetitions(void **state)
{
    static const char *const losses[] = {"squared",       "logistic", "hinge",
                                         "squared-hinge", "huber",    "absolute"};
    (void)state;
    for (int i = 0; i < 6; i++)
        for (int f = 0; f < 2; f++) {
            bool labels = i >= 1 && i <= 3, kinks = i == 2 || i == 5;
            double tolerance = kinks ? 1e-6 : 1e-11;
            char format[256];
            snprintf(format, sizeof format,
                     "--gates %s --loss %%s --tolerance %g --beta-relative", gates_file(),
                     tolerance);
            cvr_dataset *one = weighed(false, labels), *all = weighed(true, labels);
            double a = solve(one, format, losses[i], formulations[f], 0.03).upper_bound;
            double b = solve(all, format, losses[i], formulations[f], 0.03).upper_bound;
            if (!(fabs(a - b) <= (kinks ? 1e-5 : 1e-10) * fabs(b)))
                fail_msg("%s %s: %.15g and %.15g", losses[i], formulations[f], a, b);
            cvr_dataset_free(one);
            cvr_dataset_free(all);
        }
}

/* Parts of a split keep the weights of their rows. */
static void weights_go_with_their_rows(void **state)
{
    cvr_dataset *data = weighed(false, true), *test = NULL;
    (void)state;
    for (int i = 0; i < ROWS; i++)
        cvr_set(data->W, i, 0, cvr_get(data->X, i, 0) + 2);
    assert_int_equal(CVR_OK, cvr_dataset_split(data, 0.3, 5, cvr_test_alone, &test));
    cvr_dataset *const parts[] = {data, test};
    for (int k = 0; k < 2; k++)
        for (int64_t i = 0; i < parts[k]->X.rows; i++)
            assert_true(cvr_get(parts[k]->W, i, 0) == cvr_get(parts[k]->X, i, 0) + 2);
    cvr_dataset_free(data);
    cvr_dataset_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gap_closes),
        cmocka_unit_test(beta_max_is_where_weights_begin),
        cmocka_unit_test(weights_are_repetitions),
        cmocka_unit_test(weights_go_with_their_rows),
        cmocka_unit_test(losses_that_are_the_same_have_one_optimum),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}
