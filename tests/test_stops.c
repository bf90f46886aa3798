/* Runs that are told to end at any of the places where they ask: what is left is the last
   whole iteration, and its checkpoint goes on to where the run would have come, bit for
   bit. Alone and on several processes, any of which may be told. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "baseline/baseline.h"
#include "data/from_arrays.h"
#include "linalg/mats.h"
#include "parallel/comm.h"
#include "solver/solver.h"
#include "support/files.h"
#include "support/models.h"
#include "support/problem.h"
#include "support/resume.h"

/* ---- questions --------------------------------------------------------------------- */

/* Answers CVR_END from the `until'-th time on, of the process that is told. */
typedef struct patience {
    atomic_int asked;
    int until;
} patience;

static int countdown(void *user)
{
    patience *p = user;
    return atomic_fetch_add(&p->asked, 1) + 1 >= p->until ? CVR_END : CVR_GO_ON;
}

static int always(void *user)
{
    (void)user;
    return CVR_END;
}

static bool is_told(int who)
{
    return cvr_comm_rank(cvr_test_all) == who % cvr_comm_size(cvr_test_all);
}

/* ---- one run ----------------------------------------------------------------------- */

typedef struct stopping {
    const cvr_test_cut *cut;
    cvr_dataset *data, *test;
    cvr_progress whole;
    unsigned char *model;
    int64_t length;
    int set_up, asked; /* questions of the told process: in the set-up, in all */
} stopping;

static cvr_settings *settings_of(const stopping *s)
{
    char number[32];
    cvr_settings *settings = cvr_test_settings(s->cut->method, s->cut->text);
    snprintf(number, sizeof number, "%lld", (long long)s->cut->after);
    assert_int_equal(CVR_OK, cvr_settings_set(settings, "max-iterations", number));
    return settings;
}

static cvr_status new_solver(const stopping *s, const cvr_settings *settings,
                             cvr_solver **solver)
{
    cvr_status status = cvr_solver_new(s->data, s->test, cvr_test_all, settings, solver);
    if (status == CVR_OK)
        (*solver)->brief = 0; /* all steps can be left */
    return status;
}

static void run_whole(stopping *s)
{
    cvr_settings *settings = settings_of(s);
    cvr_solver *solver = NULL;
    patience p = {.until = INT32_MAX};
    cvr_comm_question(cvr_test_all, countdown, &p);
    assert_int_equal(CVR_OK, new_solver(s, settings, &solver));
    s->set_up = p.asked;
    assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &s->whole));
    s->asked = p.asked;
    cvr_comm_question(cvr_test_all, NULL, NULL);
    s->model = cvr_test_model_bytes(solver, &s->length);
    cvr_solver_free(solver);
    cvr_settings_free(settings);
}

static void assert_same_end(const stopping *s, cvr_solver *solver, const cvr_progress *p,
                            int until)
{
    int64_t length;
    unsigned char *model = cvr_test_model_bytes(solver, &length);
    const char *text = s->cut->text;
    if (p->iterations != s->whole.iterations || p->outcome != s->whole.outcome)
        fail_msg("%s, told at %d: %s after %d", text, until, cvr_outcome_name(p->outcome),
                 (int)p->iterations);
    if (length != s->length || memcmp(model, s->model, (size_t)length) != 0)
        fail_msg("%s, told at %d: another model", text, until);
    const double a[] = {p->objective, p->upper_bound, p->lower_bound};
    const double b[] = {s->whole.objective, s->whole.upper_bound, s->whole.lower_bound};
    for (int i = 0; i < 3; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            fail_msg("%s, told at %d: figure %d is %.17g and not %.17g", text, until, i,
                     a[i], b[i]);
    cvr_release(model);
}

static void go_on(const stopping *s, const char *path, int until)
{
    cvr_settings *settings = settings_of(s);
    cvr_solver *solver = NULL;
    cvr_progress p;
    assert_int_equal(CVR_OK, new_solver(s, settings, &solver));
    if (cvr_solver_restore(solver, path, NULL) != CVR_OK ||
        cvr_solver_run(solver, NULL, NULL, &p) != CVR_OK)
        fail_msg("%s: %s", s->cut->text, cvr_last_error());
    assert_same_end(s, solver, &p, until);
    cvr_solver_free(solver);
    cvr_settings_free(settings);
}

/* The figures of an end before the end are those of the network that is left. */
static void assert_honest(const stopping *s, const cvr_progress *p)
{
    if (p->outcome != CVR_STOPPED && p->outcome != s->whole.outcome)
        fail_msg("%s: %s", s->cut->text, cvr_outcome_name(p->outcome));
    if (p->iterations > 0 && !isfinite(p->train.loss))
        fail_msg("%s: stopped with a loss of %g", s->cut->text, p->train.loss);
}

/* Told at the `until'-th question: stopped, saved, gone on with here and elsewhere. */
static void stop_at(const stopping *s, int until, const char *path)
{
    cvr_settings *settings = settings_of(s);
    cvr_solver *solver = NULL;
    cvr_progress p;
    patience told = {.until = is_told(until) ? until : INT32_MAX};
    cvr_comm_question(cvr_test_all, countdown, &told);
    cvr_status status = new_solver(s, settings, &solver);
    if (status == CVR_OK) {
        cvr_solver_checkpoint(solver, path, 0);
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &p));
        assert_honest(s, &p);
    } else {
        assert_int_equal(CVR_INTERRUPTED, status);
        assert_null(solver);
        assert_non_null(strstr(cvr_last_error(), "before the set-up was done"));
    }
    cvr_comm_question(cvr_test_all, NULL, NULL);
    if (status == CVR_OK && p.iterations > 0)
        go_on(s, path, until);
    if (status == CVR_OK) {
        cvr_solver_checkpoint(solver, NULL, 0);
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &p));
    }
    cvr_solver_free(solver);
    cvr_settings_free(settings);
}

/* ---- all methods ------------------------------------------------------------------- */

enum { IN_SET_UP = 3, IN_RUN = 6 };

static void stop_everywhere(const cvr_test_cut *cut)
{
    char path[4096];
    stopping s = {.cut = cut,
                  .data = cvr_test_cut_data(cut, cvr_test_all, CVR_DOUBLE),
                  .test = cvr_test_cut_rows(cut, cvr_test_all, CVR_DOUBLE)};
    double counts[2];
    snprintf(path, sizeof path, "%s", cvr_test_path("stopped"));
    run_whole(&s);
    counts[0] = s.set_up;
    counts[1] = s.asked;
    assert_int_equal(CVR_OK, cvr_allreduce_max(cvr_test_all, counts, 2));
    for (int i = 0; i < IN_SET_UP; i++)
        if (cvr_test_turn(i + (cut - cvr_test_cuts)))
            stop_at(&s, 1 + (int)(counts[0] * i / IN_SET_UP), path);
    for (int i = 0; i < IN_RUN; i++)
        if (cvr_test_turn(i + (cut - cvr_test_cuts)))
            stop_at(&s,
                    1 + (int)(counts[0] + (counts[1] - counts[0]) * (i + 0.5) / IN_RUN),
                    path);
    cvr_release(s.model);
    cvr_dataset_free(s.data);
    cvr_dataset_free(s.test);
}

static void a_run_that_is_left_anywhere_goes_on_to_the_same_end(void **state)
{
    (void)state;
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++)
        stop_everywhere(cut);
}

/* ---- limits ------------------------------------------------------------------------ */

static const cvr_test_cut small = {
    "convex", "--patterns 3 --primal cg --tolerance 0", 2, 1, 5, 9, false, 1e-8};

static void a_run_without_an_iteration_has_no_figures(void **state)
{
    stopping s = {.cut = &small, .data = cvr_test_cut_data(&small, cvr_test_all, 0)};
    cvr_settings *settings = settings_of(&s);
    cvr_solver *solver = NULL;
    cvr_progress p;
    (void)state;
    assert_int_equal(CVR_OK, new_solver(&s, settings, &solver));
    cvr_comm_question(cvr_test_all, is_told(1) ? always : NULL, NULL);
    assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &p));
    cvr_comm_question(cvr_test_all, NULL, NULL);
    assert_int_equal(CVR_STOPPED, p.outcome);
    assert_int_equal(0, p.iterations);
    assert_true(isnan(p.objective) && isnan(p.upper_bound));
    cvr_solver_free(solver);
    cvr_settings_free(settings);
    cvr_dataset_free(s.data);
}

static int out_of_time(void *user)
{
    (void)user;
    return CVR_END_OF_TIME;
}

static void the_caller_may_be_out_of_time(void **state)
{
    stopping s = {.cut = &small, .data = cvr_test_cut_data(&small, cvr_test_all, 0)};
    cvr_settings *settings = settings_of(&s);
    cvr_solver *solver = NULL;
    cvr_progress p;
    (void)state;
    assert_int_equal(CVR_OK, new_solver(&s, settings, &solver));
    cvr_comm_question(cvr_test_all, out_of_time, NULL);
    assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &p));
    cvr_comm_question(cvr_test_all, NULL, NULL);
    assert_int_equal(CVR_TIME_LIMIT, p.outcome);
    cvr_solver_free(solver);
    cvr_settings_free(settings);
    cvr_dataset_free(s.data);
}

static void all_processes_hear_the_wish_of_one(void **state)
{
    double x[] = {1, 2};
    (void)state;
    assert_int_equal(CVR_OK, cvr_interrupt_sync(cvr_test_all));
    cvr_comm_question(cvr_test_all, is_told(1) ? always : NULL, NULL);
    assert_int_equal(CVR_OK, cvr_allreduce_sum(cvr_test_all, x, 2));
    assert_true(x[1] == 2 * cvr_comm_size(cvr_test_all));
    assert_int_equal(CVR_INTERRUPTED, cvr_interrupt_check(cvr_test_all));
    cvr_comm_question(cvr_test_all, NULL, NULL);
    assert_int_equal(CVR_OK, cvr_interrupt_sync(cvr_test_all));
}

/* Rows are as they were, and prepared or split when there is time. */
static void preparing_and_splitting_rows_may_be_left(void **state)
{
    enum { ROWS = 12 };
    cvr_mat X = cvr_test_matrix(CVR_DOUBLE, ROWS, 3, 1),
            Y = cvr_test_matrix(CVR_DOUBLE, ROWS, 1, 2);
    cvr_dataset *data = NULL, *held = NULL;
    (void)state;
    assert_int_equal(CVR_OK,
                     cvr_dataset_from_matrix(X, Y, CVR_REGRESS, cvr_test_all, &data));
    cvr_comm_question(cvr_test_all, is_told(1) ? always : NULL, NULL);
    assert_int_equal(CVR_INTERRUPTED,
                     cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE, CVR_BIAS_FREE,
                                               cvr_test_all));
    assert_int_equal(CVR_INTERRUPTED,
                     cvr_dataset_split(data, 0.5, 7, cvr_test_all, &held));
    assert_null(held);
    assert_true(!data->prepared && cvr_distance2(data->X, X) == 0);
    cvr_comm_question(cvr_test_all, NULL, NULL);
    assert_int_equal(CVR_OK, cvr_dataset_split(data, 0.5, 7, cvr_test_all, &held));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_FREE, cvr_test_all));
    cvr_dataset_free(held);
    cvr_dataset_free(data);
    CVR_MATS_FREE(&X, &Y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_processes_hear_the_wish_of_one),
        cmocka_unit_test(a_run_without_an_iteration_has_no_figures),
        cmocka_unit_test(the_caller_may_be_out_of_time),
        cmocka_unit_test(preparing_and_splitting_rows_may_be_left),
        cmocka_unit_test(a_run_that_is_left_anywhere_goes_on_to_the_same_end),
    };
    cvr_baselines_register();
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}
