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

#include "support/classes.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gap_closes),
        cmocka_unit_test(beta_max_is_where_weights_begin),
        cmocka_unit_test(losses_that_are_the_same_have_one_optimum),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
