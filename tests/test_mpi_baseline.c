/* The baselines on several processes: what one process finds, all find. Runs alone and
   under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "baseline/baseline.h"
#include "support/problem.h"

static cvr_dataset *generate(const char *kind, cvr_comm *comm, cvr_type type,
                             int64_t rows, int classes)
{
    cvr_generate what = {.kind = kind,
                         .rows = rows,
                         .classes = classes,
                         .noise = 0.05,
                         .seed = 4,
                         .type = type};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_generate(&what, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_PENALISED, comm));
    return data;
}

static cvr_progress solve(const char *method, const cvr_dataset *data, cvr_comm *comm,
                          const char *text)
{
    cvr_settings *s = cvr_test_settings(method, text);
    cvr_solver *solver = NULL;
    cvr_progress result = {0};
    if (cvr_solver_new(data, NULL, comm, s, &solver) != CVR_OK ||
        cvr_solver_run(solver, NULL, NULL, &result) != CVR_OK)
        fail_msg("%s %s: %s", method, text, cvr_last_error());
    cvr_solver_free(solver);
    cvr_settings_free(s);
    return result;
}

/* ---- the same numbers ------------------------------------------------------------- */

typedef struct trial {
    const char *method, *text, *kind;
    int64_t rows;
    int classes;
    cvr_type type;
    double tolerance; /* relative, on the objective */
} trial;

static const trial trials[] = {
    {"adam", "--layers 9,5 --batch 16 --max-iterations 8 --weight-decay 0.01", "teacher",
     61, 0, CVR_DOUBLE, 1e-9},
    {"adam", "--layers 9 --batch 16 --max-iterations 8", "spiral", 61, 2, CVR_DOUBLE,
     1e-9},
    {"adam", "--layers 9 --batch 16 --max-iterations 8 --tolerance 1e-9", "spiral", 61, 3,
     CVR_DOUBLE, 1e-9},
    {"sgd", "--layers 9,5 --batch 16 --max-iterations 8 --weight-decay 0.01", "teacher",
     61, 0, CVR_DOUBLE, 1e-9},
    {"sgd", "--layers 9 --batch 1 --max-iterations 3 --loss hinge", "spiral", 61, 3,
     CVR_DOUBLE, 1e-9},
    {"sgd", "--layers 9 --batch 9999 --max-iterations 8", "spiral", 2200, 2, CVR_DOUBLE,
     1e-9},
    {"cg", "--layers 9,5 --max-iterations 8 --weight-decay 0.01", "teacher", 61, 0,
     CVR_DOUBLE, 1e-9},
    {"cg", "--layers 9 --max-iterations 8", "spiral", 2200, 3, CVR_DOUBLE, 1e-9},
    {"bfgs", "--layers 9,5 --max-iterations 8 --weight-decay 0.01", "teacher", 61, 0,
     CVR_DOUBLE, 1e-9},
    {"bfgs", "--layers 9 --max-iterations 8", "spiral", 2200, 3, CVR_DOUBLE, 1e-9},
    {"lbfgs", "--layers 9,5 --max-iterations 8 --weight-decay 0.01", "teacher", 61, 0,
     CVR_DOUBLE, 1e-9},
    {"lbfgs", "--layers 9 --max-iterations 8", "spiral", 2200, 3, CVR_DOUBLE, 1e-9},
    {"linear", "", "spiral", 61, 3, CVR_DOUBLE, 1e-9},
    {"linear", "--ridge 3", "teacher", 61, 0, CVR_DOUBLE, 1e-9},
    {"adam", "--layers 9 --batch 16 --max-iterations 4", "spiral", 61, 2, CVR_SINGLE,
     1e-3},
    {"sgd", "--layers 9 --batch 16 --max-iterations 4", "spiral", 61, 2, CVR_SINGLE,
     1e-3},
};

static void check(const trial *t)
{
    cvr_dataset *whole = generate(t->kind, cvr_test_alone, t->type, t->rows, t->classes);
    cvr_dataset *part = generate(t->kind, cvr_test_all, t->type, t->rows, t->classes);
    cvr_progress one = solve(t->method, whole, cvr_test_alone, t->text);
    cvr_progress many = solve(t->method, part, cvr_test_all, t->text);
    double apart = fabs(one.objective - many.objective) / fabs(one.objective);
    if (!(apart <= t->tolerance))
        fail_msg("%s %s: objectives differ by %g", t->method, t->text, apart);
    assert_true(fabs(one.train.loss - many.train.loss) <=
                10 * t->tolerance * fabs(one.train.loss));
    assert_int_equal(one.iterations, many.iterations);
    cvr_dataset_free(whole);
    cvr_dataset_free(part);
}

static void any_number_of_processes_finds_the_same_objective(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        check(&trials[i]);
}

/* Fewer rows than processes: some have none. The decay keeps the objective from 0. */
static void processes_without_rows_take_part(void **state)
{
    (void)state;
    static const char *const methods[] = {"adam", "sgd", "cg", "bfgs", "lbfgs"};
    for (int i = 0; i < 5; i++) {
        trial t = {methods[i], "--layers 4 --max-iterations 5 --weight-decay 0.1",
                   "teacher",  2,
                   0,          CVR_DOUBLE,
                   1e-9};
        check(&t);
    }
}

/* ---- one message a step ----------------------------------------------------------- */

/* 65 rows in batches of 16 are 5 messages of all weights an epoch; the loop has 5 numbers
   of its own. */
static void a_batch_is_one_message(void **state)
{
    (void)state;
    cvr_dataset *part = generate("teacher", cvr_test_all, CVR_DOUBLE, 65, 0);
    int64_t weights = 7 * (part->X.cols) + 1 * (7 + 1);
    const char *text = "--layers 7 --batch 16 --measure-every 100 --max-iterations %d";
    char shorter[128], longer[128];
    snprintf(shorter, sizeof shorter, text, 3);
    snprintf(longer, sizeof longer, text, 5);
    int64_t before = cvr_comm_traffic(cvr_test_all).bytes;
    (void)solve("adam", part, cvr_test_all, shorter);
    int64_t three = cvr_comm_traffic(cvr_test_all).bytes - before;
    (void)solve("adam", part, cvr_test_all, longer);
    int64_t five = cvr_comm_traffic(cvr_test_all).bytes - before - three;
    int64_t expected = cvr_comm_size(cvr_test_all) > 1 ? 2 * 8 * (5 * weights + 5) : 0;
    assert_int_equal(expected, five - three);
    cvr_dataset_free(part);
}

/* ---- failing together ------------------------------------------------------------- */

static void a_refusal_is_shared(void **state)
{
    (void)state;
    cvr_dataset *part = generate("spiral", cvr_test_all, CVR_DOUBLE, 61, 2);
    cvr_settings *s = cvr_test_settings("bfgs", "--loss softmax");
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_USAGE, cvr_solver_new(part, NULL, cvr_test_all, s, &solver));
    assert_null(solver);
    cvr_settings_free(s);
    cvr_dataset_free(part);
}

int main(void)
{
    cvr_baselines_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_processes_finds_the_same_objective),
        cmocka_unit_test(processes_without_rows_take_part),
        cmocka_unit_test(a_batch_is_one_message),
        cmocka_unit_test(a_refusal_is_shared),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_comms, cvr_test_close_comms);
}
