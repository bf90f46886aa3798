/* Memory that one process does not get, in every call of a solver: all of them are told,
   and none waits for ever. Runs alone and under mpirun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "baseline/baseline.h"
#include "solver/resume.h"
#include "support/classes.h"
#include "support/files.h"
#include "support/lack.h"
#include "support/problem.h"

/* classes 0: regression. balanced: a run goes on until ADMM has balanced its penalties,
   for which these take memory. */
typedef struct subject {
    const char *method, *text;
    int classes;
    bool balanced;
} subject;

static const subject subjects[] = {
    {"convex", "--patterns 6 --primal diag-pcg --cg-iterations 3", 0, false},
    {"convex", "--patterns 6 --primal direct", 3, false},
    {"convex", "--patterns 6 --splitting projection", 2, false},
    {"convex", "--patterns 20 --splitting projection", 0, false},
    {"convex", "--patterns 6 --loss logistic --formulation gated", 2, false},
    {"convex", "--patterns 6 --loss softmax --formulation relu", 3, false},
    {"convex",
     "--patterns 6 --primal block-nystrom-pcg --nystrom-rank 2 --cg-iterations 3", 0,
     true},
    {"convex", "--patterns 6 --primal nystrom-pcg --nystrom-rank 2 --cg-iterations 3", 2,
     false},
    {"convex", "--patterns 6 --primal block-rbcd --cg-iterations 3", 0, false},
    {"convex", "--patterns 6 --formulation gated --cg-iterations 3", 2, false},
    {"convex", "--patterns 6 --formulation gated --solver fista", 0, false},
    {"convex", "--patterns 6 --formulation gated-ridge", 0, false},
    {"convex", "--patterns 6 --gate-kind pairs --cg-iterations 3", 2, false},
    {"convex", "--patterns 20 --primal direct", 0, true},
    {"convex", "--patterns 20 --formulation gated-ridge", 0, false},
    {"convex", "--patterns 6 --certificate no --cg-iterations 3", 0, false},
    {"ccp", "--solver newton --restarts 1", 0, false},
    {"ccp", "--solver graph --restarts 1", 0, false},
    {"ccp", "--solver consensus --restarts 1 --inner 5", 0, false},
    {"deep", "--layers 5,4", 3, false},
    {"deep", "--layers 5,4 --sweep paper", 2, false},
    {"deep", "--layers 4 --loss softmax", 2, false},
    {"dladmm", "--layers 5,4 --blocks majorised", 2, false},
    {"mdlam", "--layers 5,4", 2, false},
    {"mdlam", "--layers 5,4 --tube shrinking", 3, false},
    {"pdadmm", "--layers 5,4", 3, false},
    {"adam", "--layers 5,4 --batch 16", 0, false},
    {"sgd", "--layers 5,4", 3, false},
    {"cg", "--layers 5", 0, false},
    {"bfgs", "--layers 5,4", 2, false},
    {"lbfgs", "--layers 5,4", 2, false},
    {0}};

enum { ROWS = 40, COLUMNS = 4 };

/* A subject with what it works on. */
typedef struct job {
    const char *method;
    cvr_dataset *data, *test;
    cvr_settings *settings;
    const char *path; /* of a checkpoint */
} job;

static cvr_dataset *rows(const subject *s, int64_t first, int64_t count)
{
    return s->classes > 0 ? cvr_test_classes(cvr_test_all, CVR_DOUBLE, first, count,
                                             COLUMNS, s->classes)
                          : cvr_test_data(cvr_test_all, CVR_DOUBLE, count, COLUMNS, 1);
}

static job begin(const subject *s, const char *iterations)
{
    job j = {.method = s->method, .path = cvr_test_path("checkpoint")};
    j.data = rows(s, 0, ROWS);
    j.test = rows(s, ROWS, ROWS / 2);
    j.settings = cvr_test_settings(s->method, s->text);
    assert_int_equal(CVR_OK, cvr_settings_set(j.settings, "tolerance", "0"));
    assert_int_equal(CVR_OK, cvr_settings_set(j.settings, "measure-every", "100"));
    assert_int_equal(CVR_OK, cvr_settings_set(j.settings, "max-iterations", iterations));
    return j;
}

static void end(job *j)
{
    cvr_dataset_free(j->data);
    cvr_dataset_free(j->test);
    cvr_settings_free(j->settings);
}

/* A solver that has all its memory. */
static cvr_solver *solver_of(const job *j)
{
    cvr_solver *s = NULL;
    if (cvr_solver_new(j->data, j->test, cvr_test_all, j->settings, &s) != CVR_OK)
        fail_msg("%s: %s", j->method, cvr_last_error());
    return s;
}

static cvr_status go(cvr_solver *s)
{
    cvr_progress result;
    return cvr_solver_run(s, NULL, NULL, &result);
}

static int stop(const cvr_progress *p, void *user)
{
    (void)p, (void)user;
    return 1;
}

/* ---- what is done ------------------------------------------------------------------ */

static cvr_status make(const void *ctx)
{
    const job *j = ctx;
    cvr_solver *s = NULL;
    cvr_test_lack_from();
    cvr_status status = cvr_solver_new(j->data, j->test, cvr_test_all, j->settings, &s);
    assert_true((status == CVR_OK) == (s != NULL));
    cvr_solver_free(s);
    return status;
}

/* What has failed for want of memory may be done again when there is some. */
static cvr_status again(cvr_solver *s, cvr_status status)
{
    cvr_progress result;
    cvr_test_lack_to();
    assert_int_equal(CVR_OK, cvr_solver_run(s, stop, NULL, &result));
    cvr_solver_free(s);
    return status;
}

static cvr_status lower_the_penalty(const void *ctx)
{
    cvr_solver *s = solver_of(ctx);
    assert_int_equal(CVR_OK, go(s));
    cvr_test_lack_from();
    cvr_status status = cvr_solver_set_penalty(s, 0.005);
    return again(s, status == CVR_OK ? go(s) : status);
}

/* Each process makes its own: they have to agree themselves. */
static cvr_status recover(const void *ctx)
{
    cvr_solver *s = solver_of(ctx);
    cvr_model m = {0};
    cvr_test_lack_from();
    cvr_status status = cvr_allreduce_status(cvr_test_all, cvr_solver_model(s, &m));
    cvr_model_free(&m);
    return again(s, status);
}

static cvr_status save(const void *ctx)
{
    const job *j = ctx;
    cvr_solver *s = solver_of(ctx);
    assert_int_equal(CVR_OK, go(s));
    cvr_test_lack_from();
    return again(s, cvr_solver_save(s, j->path));
}

/* It ends with a checkpoint. */
static cvr_status run(const void *ctx)
{
    const job *j = ctx;
    cvr_solver *s = solver_of(ctx);
    cvr_solver_checkpoint(s, j->path, 0);
    cvr_test_lack_from();
    return again(s, go(s));
}

static cvr_status restore(const void *ctx)
{
    const job *j = ctx;
    cvr_solver *s = solver_of(ctx);
    cvr_test_lack_from();
    cvr_status status = cvr_solver_restore(s, j->path, NULL);
    cvr_test_lack_to();
    cvr_solver_free(s);
    return status;
}

/* ---- of every subject -------------------------------------------------------------- */

static const char *title(const char *what, const subject *s)
{
    static char text[200];
    snprintf(text, sizeof text, "%s %s: %s", s->method, s->text, what);
    return text;
}

static void memory_for_a_solver_may_be_lacking(void **state)
{
    (void)state;
    for (const subject *s = subjects; s->method; s++) {
        job j = begin(s, "1");
        cvr_test_lack(title("new", s), 10, make, &j);
        end(&j);
    }
}

/* A run that cannot copy its state, to leave a step halfway, goes on without the copy:
   that many allocations at most are for it. */
enum { SNAPSHOT = 100 };

static void memory_for_a_run_may_be_lacking(void **state)
{
    (void)state;
    for (const subject *s = subjects; s->method; s++) {
        job j = begin(s, s->balanced ? "20" : "2");
        cvr_test_lack_sparing(title("run", s), 5, SNAPSHOT, run, &j);
        end(&j);
    }
}

static void memory_for_another_penalty_may_be_lacking(void **state)
{
    (void)state;
    for (const subject *s = subjects; s->method; s++) {
        job j = begin(s, "2");
        const cvr_settings *o = j.settings;
        if (cvr_settings_find(o, "beta") || cvr_settings_find(o, "lambda"))
            cvr_test_lack_sparing(title("penalty", s), 5, SNAPSHOT, lower_the_penalty,
                                  &j);
        end(&j);
    }
}

static void memory_for_a_model_may_be_lacking(void **state)
{
    (void)state;
    for (const subject *s = subjects; s->method; s++) {
        job j = begin(s, "2");
        cvr_test_lack(title("model", s), 5, recover, &j);
        end(&j);
    }
}

static void memory_for_a_checkpoint_may_be_lacking(void **state)
{
    (void)state;
    for (const subject *s = subjects; s->method; s++) {
        job j = begin(s, "2");
        cvr_test_lack_each(title("save", s), 1, save, &j);
        cvr_test_lack_each(title("restore", s), 1, restore, &j);
        end(&j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_for_a_solver_may_be_lacking),
        cmocka_unit_test(memory_for_a_run_may_be_lacking),
        cmocka_unit_test(memory_for_another_penalty_may_be_lacking),
        cmocka_unit_test(memory_for_a_model_may_be_lacking),
        cmocka_unit_test(memory_for_a_checkpoint_may_be_lacking),
    };
    cvr_baselines_register();
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}
