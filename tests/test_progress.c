/* The table of a run's figures: results have its keys in its order, a checkpoint all of
   its real figures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "solver/progress.h"

static json_t *as_json(const cvr_progress *p)
{
    char *text = NULL;
    assert_int_equal(CVR_OK, cvr_progress_json(p, &text));
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    free(text);
    return object;
}

static void keys_are_those_of_the_task_in_their_order(void **state)
{
    (void)state;
    static const char *const common[] = {"method", "solver", "outcome", "iterations"};
    cvr_progress p;
    for (int task = CVR_TASK_AUTO; task <= CVR_REGRESS; task++) {
        cvr_progress_init(&p);
        p.task = (cvr_task)task;
        json_t *object = as_json(&p), *value;
        const char *key, *last = NULL;
        int i = 0;
        json_object_foreach(object, key, value)
        {
            if (i < 4)
                assert_string_equal(common[i++], key);
            last = key;
        }
        assert_string_equal("phases", last);
        assert_true((task == CVR_CLASSIFY) ==
                    (json_object_get(object, "test_accuracy") != NULL));
        assert_true((task == CVR_REGRESS) ==
                    (json_object_get(object, "train_rmse") != NULL));
        json_decref(object);
    }
}

static void what_is_not_measured_is_null(void **state)
{
    (void)state;
    cvr_progress p;
    cvr_progress_init(&p);
    p.task = CVR_CLASSIFY;
    p.gap = INFINITY;
    json_t *object = as_json(&p);
    static const char *const absent[] = {"objective", "loss",           "train_accuracy",
                                         "gap",       "active_neurons", "patterns",
                                         "note",      "method"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_true(json_is_null(json_object_get(object, absent[i])));
    assert_true(json_real_value(json_object_get(object, "seconds")) == 0);
    json_decref(object);
}

static void a_figure_is_the_number_that_was_measured(void **state)
{
    (void)state;
    cvr_progress p;
    cvr_progress_init(&p);
    p.task = CVR_REGRESS;
    p.train.loss = 1.0 / 3;
    p.test.r2 = 0.1;
    p.outputs = 3;
    p.seed = (uint64_t)1 << 53;
    json_t *object = as_json(&p);
    assert_true(json_real_value(json_object_get(object, "loss")) == 1.0 / 3);
    assert_true(json_real_value(json_object_get(object, "test_r2")) == 0.1);
    assert_int_equal(3, json_integer_value(json_object_get(object, "outputs")));
    assert_true(json_integer_value(json_object_get(object, "seed")) == 1LL << 53);
    json_decref(object);
}

/* Each place is taken once, and what goes out comes back. */
static void a_checkpoint_holds_every_real_figure(void **state)
{
    (void)state;
    cvr_progress p, q;
    double x[CVR_FIGURES_SAVED];
    cvr_progress_init(&p);
    cvr_progress_init(&q);
    for (const cvr_figure *f = cvr_figures; f->key; f++)
        if (f->saved > 0)
            *(double *)((char *)&p + f->offset) = f->saved;
    cvr_progress_copy_saved(&p, x, false);
    for (int i = 0; i < CVR_FIGURES_SAVED; i++)
        assert_true(x[i] == i + 1);
    cvr_progress_copy_saved(&q, x, true);
    for (const cvr_figure *f = cvr_figures; f->key; f++)
        if (f->kind == CVR_FIGURE_REAL && !strstr(f->key, "seconds"))
            assert_true(*(double *)((char *)&q + f->offset) == f->saved && f->saved > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_task_in_their_order),
        cmocka_unit_test(what_is_not_measured_is_null),
        cmocka_unit_test(a_figure_is_the_number_that_was_measured),
        cmocka_unit_test(a_checkpoint_holds_every_real_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
