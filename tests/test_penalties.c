/* Penalties of the sampled program besides the joint group norm, and losses of a ridge on
   gates: gaps close, and programs that are the same have the same optimum. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "support/classes.h"
#include "support/problem.h"

enum { ROWS = 50, COLUMNS = 4 };

static cvr_dataset *values(cvr_type type, bool free, int outputs)
{
    return free ? cvr_test_free(cvr_test_alone, type, ROWS, COLUMNS, outputs, 1, 0.3)
                : cvr_test_data(cvr_test_alone, type, ROWS, COLUMNS, outputs);
}

static cvr_progress solve(const cvr_dataset *data, const char *options)
{
    char text[512];
    snprintf(text, sizeof text, "--patterns 6 --seed 3 --max-iterations 6000 %s",
             options);
    return cvr_test_solve(data, cvr_test_alone, text);
}

static void check_gap(const cvr_dataset *data, const char *options, double tolerance)
{
    char text[256];
    cvr_progress p;
    snprintf(text, sizeof text, "%s --tolerance %g", options, tolerance);
    p = solve(data, text);
    if (p.outcome != CVR_CONVERGED)
        fail_msg("%s: gap %g after %d", text, p.gap, (int)p.iterations);
    assert_true(p.lower_bound <= p.upper_bound * (1 + 1e-8));
}

static void every_gap_closes(void **state)
{
    static const char *const penalties[] = {
        "--formulation relu --group output",
        "--formulation gated --group output",
        "--formulation gated --group feature",
        "--formulation relu --elastic 0.5",
        "--formulation gated --elastic 0.5",
        "--formulation relu --outer positive",
        "--formulation relu --outer negative --elastic 0.1 --group output"};
    (void)state;
    for (size_t i = 0; i < sizeof penalties / sizeof *penalties; i++)
        for (int type = 0; type < 2; type++)
            for (int free = 0; free < 2; free++) {
                cvr_dataset *data = values((cvr_type)type, free, 2);
                check_gap(data, penalties[i], type == CVR_DOUBLE ? 1e-7 : 1e-3);
                cvr_dataset_free(data);
            }
}

static void every_loss_has_a_ridge(void **state)
{
    static const struct {
        const char *loss;
        int classes;
    } losses[] = {{"logistic", 2}, {"logistic", 3},     {"softmax", 3},
                  {"hinge", 2},    {"huber", 0},        {"absolute", 0},
                  {"quantile", 0}, {"squared-hinge", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        for (int type = 0; type < 2; type++) {
            char text[128];
            cvr_dataset *data = losses[i].classes > 0
                                    ? cvr_test_classes(cvr_test_alone, (cvr_type)type, 0,
                                                       ROWS, COLUMNS, losses[i].classes)
                                    : values((cvr_type)type, true, 2);
            snprintf(text, sizeof text, "--formulation gated-ridge --loss %s",
                     losses[i].loss);
            check_gap(data, text, type == CVR_DOUBLE ? 1e-7 : 1e-3);
            cvr_dataset_free(data);
        }
}

static void same_optimum(const cvr_dataset *data, const char *one, const char *other)
{
    cvr_progress a = solve(data, one), b = solve(data, other);
    assert_int_equal(CVR_CONVERGED, a.outcome);
    assert_int_equal(CVR_CONVERGED, b.outcome);
    assert_true(fabs(a.objective - b.objective) <= 2e-7 * fabs(a.objective));
}

/* A ridge is the elastic penalty alone, and Huber's loss of a great width the squared
   one; one output is its own group. */
static void programs_that_are_the_same_have_one_optimum(void **state)
{
    (void)state;
    for (int free = 0; free < 2; free++) {
        cvr_dataset *data = values(CVR_DOUBLE, free, 2);
        cvr_dataset *one = values(CVR_DOUBLE, free, 1);
        same_optimum(data, "--tolerance 1e-8 --formulation gated-ridge --beta 0.7",
                     "--tolerance 1e-8 --formulation gated --beta 0 --elastic 0.7");
        same_optimum(data, "--tolerance 1e-8 --formulation gated-ridge --beta 0.7",
                     "--tolerance 1e-8 --formulation gated-ridge --beta 0.7 --loss huber "
                     "--huber-width 1e5");
        same_optimum(one, "--tolerance 1e-7 --formulation relu --beta 0.3",
                     "--tolerance 1e-7 --formulation relu --beta 0.3 --group output");
        cvr_dataset_free(data);
        cvr_dataset_free(one);
    }
}

/* A norm over all outputs is no larger than the sum of theirs; a sign that is asked for
   and more to pay make an optimum no smaller. */
static void a_stricter_program_has_no_smaller_optimum(void **state)
{
    static const char *const stricter[] = {"--group output", "--outer positive",
                                           "--outer negative", "--elastic 0.2"};
    cvr_dataset *data = values(CVR_DOUBLE, true, 2);
    cvr_progress any = solve(data, "--formulation relu --tolerance 1e-7 --beta 0.5");
    (void)state;
    for (int i = 0; i < 4; i++) {
        char text[128];
        snprintf(text, sizeof text, "--formulation relu --tolerance 1e-7 --beta 0.5 %s",
                 stricter[i]);
        assert_true(solve(data, text).upper_bound > any.lower_bound * (1 + 1e-6));
    }
    cvr_dataset_free(data);
}

/* Above beta_max, which each way to group has of its own, all weights are zero. */
static void beta_max_is_where_weights_begin(void **state)
{
    static const char *const penalties[] = {
        "--formulation gated --group output",  "--formulation gated --group feature",
        "--formulation gated --elastic 3",     "--formulation relu --group output",
        "--formulation relu --outer positive", "--formulation relu --elastic 3"};
    (void)state;
    for (int i = 0; i < 6; i++)
        for (int above = 0; above < 2; above++) {
            cvr_dataset *data = values(CVR_DOUBLE, true, 2);
            char text[128];
            cvr_progress p;
            snprintf(text, sizeof text, "%s --tolerance 1e-11 --beta-relative %g",
                     penalties[i], above ? 1 + 1e-9 : 0.9);
            p = solve(data, text);
            if (above) {
                assert_true(p.gap <= 1e-11);
                assert_int_equal(0, p.active_neurons);
            } else if (i < 3) {
                assert_true(p.active_neurons > 0);
            }
            cvr_dataset_free(data);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gap_closes),
        cmocka_unit_test(every_loss_has_a_ridge),
        cmocka_unit_test(programs_that_are_the_same_have_one_optimum),
        cmocka_unit_test(a_stricter_program_has_no_smaller_optimum),
        cmocka_unit_test(beta_max_is_where_weights_begin),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
