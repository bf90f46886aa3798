/* The one loop: limits, tolerances, measurements, callback, checkpoints. A method gives
   the steps.

   Every branch before a collective call depends on shared values only: what is measured
   is the same on all processes, the clock and the callback's answer are process 0's, and
   what any process is asked all do.

   A measurement may move a method's state (bounds, the best model so far). So that a
   resumed run equals one that was not interrupted, the same iterations are measured in
   both: where only the end calls for a measurement, the checkpoint comes before it. */
#include <math.h>

#include "base/log.h"
#include "solver/ending.h"
#include "solver/leave.h"
#include "solver/measure.h"
#include "solver/resume.h"

/* What all processes do after an iteration: it stays once it has been asked for. */
typedef struct requests {
    bool stop, save, late, due; /* asked twice; by process 0's clock twice */
} requests;

/* A call of cvr_solver_run. */
typedef struct run {
    cvr_solver *s;
    cvr_callback callback;
    void *user;
    cvr_progress *p; /* the last measurement, with its outcome */
    requests asked;  /* since this iteration began */
} run;

/* ---- when it is measured, and how it ends ------------------------------------------ */

static bool finished(const cvr_solver *s)
{
    return s->method->finished && s->method->finished(s->state);
}

/* The same iterations are measured in every run: each of the first 20, then ever fewer.
   A target accuracy wants each one. */
static bool measurement_due(const cvr_solver *s)
{
    int64_t k = s->iterations;
    if (s->target_accuracy >= 0 || finished(s))
        return true;
    if (s->measure_every > 0)
        return k % s->measure_every == 0;
    return k % (k <= 20 ? 1 : k <= 100 ? 5 : k <= 1000 ? 20 : 100) == 0;
}

static cvr_outcome check_termination(const cvr_solver *s, const cvr_progress *p)
{
    if (p->outcome != CVR_RUNNING)
        return p->outcome;
    if (isnan(p->train.loss) || isinf(p->train.loss) || isinf(p->objective))
        return CVR_DIVERGED;
    if (s->tolerance > 0 && p->gap <= s->tolerance)
        return CVR_CONVERGED;
    if (s->target_accuracy >= 0 && p->train.accuracy >= s->target_accuracy)
        return CVR_TARGET_REACHED;
    if (p->iterations >= s->max_iterations)
        return CVR_MAX_ITERATIONS;
    if (p->seconds >= s->time_limit)
        return CVR_TIME_LIMIT;
    return CVR_RUNNING;
}

/* The callback sees the outcome and what is said of it; its own wish to stop comes
   after. */
static cvr_status report(run *r, cvr_mat outputs)
{
    cvr_progress *p = r->p;
    int stop = 0;
    cvr_status status = CVR_OK;
    p->outcome = check_termination(r->s, p);
    if (p->outcome == CVR_RUNNING && (r->asked.stop || r->asked.late))
        p->outcome = r->asked.stop ? CVR_STOPPED : CVR_TIME_LIMIT;
    bool running = p->outcome == CVR_RUNNING;
    if (!running)
        CVR_TRY(cvr_solver_remark(r->s, outputs, p));
    stop = r->callback ? r->callback(p, r->user) : 0;
    CVR_TRY(cvr_broadcast(r->s->problem.comm, &stop, sizeof stop));
    if (stop && running) {
        p->outcome = CVR_STOPPED;
        CVR_TRY(cvr_solver_remark(r->s, outputs, p));
    }
done:
    return status;
}

/* One message, whatever was asked for. */
static cvr_status sync_requests(run *r)
{
    cvr_solver *s = r->s;
    requests *w = &r->asked;
    bool first = cvr_comm_rank(s->problem.comm) == 0;
    bool timed = s->checkpoint && s->save_every > 0;
    int asked = atomic_exchange(&s->asked, 0), caller = cvr_solver_caller(s);
    double x[] = {
        (asked & CVR_ASK_STOP) != 0 || caller == CVR_END, (asked & CVR_ASK_SAVE) != 0,
        caller == CVR_END_OF_TIME || (first && cvr_solver_seconds(s) >= s->time_limit),
        first && timed && cvr_wall_seconds() - s->saved_at >= s->save_every,
        s->longest_wait};
    cvr_status status = cvr_allreduce_max(s->problem.comm, x, 5);
    *w = (requests){w->stop || x[0] > 0, w->save || x[1] > 0, w->late || x[2] > 0,
                    w->due || x[3] > 0};
    s->longest_wait = x[4];
    return status;
}

/* ---- measurements ------------------------------------------------------------------ */

/* The measurement that every run makes here. cut: it has been left; a resumed run makes
   it again. */
static cvr_status planned_measurement(run *r, bool *cut)
{
    cvr_solver *s = r->s;
    cvr_mat outputs = {0};
    cvr_status status = cvr_solver_measure(s, r->p, &outputs);
    *cut = status == CVR_INTERRUPTED;
    if (*cut) {
        cvr_solver_describe(s, r->p);
        CVR_TRY(sync_requests(r));
        r->asked.stop = r->asked.stop || !r->asked.late;
        return CVR_OK;
    }
    CVR_TRY(status);
    s->last = *r->p;
    CVR_TRY(report(r, outputs));
done:
    return status;
}

/* The measurement of a run that ends where it would not be measured otherwise; before the
   first iteration is done there is nothing to measure. */
static cvr_status last_measurement(run *r)
{
    cvr_solver *s = r->s;
    cvr_mat outputs = {0};
    cvr_status status = CVR_OK;
    cvr_solver_describe(s, r->p);
    cvr_solver_hush(s);
    s->problem.hurried = r->asked.stop || r->asked.late;
    if (s->iterations == 0) {
        r->p->outcome = r->asked.stop ? CVR_STOPPED : CVR_TIME_LIMIT;
        return cvr_solver_read_clocks(s, r->p);
    }
    if (s->last.iterations == s->iterations)
        *r->p = s->last;
    else
        CVR_TRY(cvr_solver_measure(s, r->p, &outputs));
    CVR_TRY(cvr_solver_read_clocks(s, r->p));
    CVR_TRY(report(r, outputs));
done:
    return status;
}

/* ---- checkpoints ------------------------------------------------------------------- */

/* Another run with the same checkpoint: said once. */
static void look_for_others(cvr_solver *s)
{
    bool first = cvr_comm_rank(s->problem.comm) == 0;
    if (!first || s->shared || !cvr_owner_other(&s->owner, s->checkpoint))
        return;
    s->shared = true;
    cvr_note(CVR_LOG_NOTE, "another run keeps its checkpoint in %s: the last one remains",
             s->checkpoint);
}

void cvr_solver_checkpoint(cvr_solver *s, const char *path, double every_seconds)
{
    s->checkpoint = path;
    s->save_every = every_seconds;
    if (path)
        look_for_others(s);
}

/* Saving by the clock or on request may fail and be tried again; at the end it may
   not. */
static cvr_status save(cvr_solver *s, bool last)
{
    bool first = cvr_comm_rank(s->problem.comm) == 0;
    cvr_status status;
    if (!s->checkpoint || s->iterations == 0)
        return CVR_OK;
    look_for_others(s);
    status = cvr_solver_save(s, s->checkpoint);
    s->saved_at = cvr_wall_seconds();
    if (status == CVR_OK && first)
        cvr_owner_claim(&s->owner, s->checkpoint);
    if (status == CVR_OK || last || status == CVR_PARALLEL)
        return status;
    if (first)
        cvr_note(CVR_LOG_NOTE, "iteration %lld: %s; the previous checkpoint remains",
                 (long long)s->iterations, cvr_last_error());
    return CVR_OK;
}

/* ---- the loop ---------------------------------------------------------------------- */

/* again: the iteration is done, but not its measurement. */
static cvr_status iterate(run *r, bool again)
{
    cvr_solver *s = r->s;
    requests *w = &r->asked;
    bool cut = false, last;
    cvr_status status = CVR_OK;
    *w = (requests){0};
    if (!again && !finished(s))
        CVR_TRY(cvr_solver_step(s, &cut));
    CVR_TRY(sync_requests(r));
    w->stop = w->stop || (cut && !w->late);
    if (!cut && measurement_due(s))
        CVR_TRY(planned_measurement(r, &cut));
    last = cut || w->stop || w->late || s->iterations >= s->max_iterations ||
           r->p->outcome != CVR_RUNNING;
    if ((last || w->save || w->due) && r->p->outcome != CVR_DIVERGED)
        s->unsaved = save(s, last);
    if (last && r->p->outcome == CVR_RUNNING)
        CVR_TRY(last_measurement(r));
done:
    return status;
}

/* A restored run begins with the last measurement, judged by the limits of today; or with
   one that is due and has not been made. One that has ended at an iteration which is not
   measured otherwise is measured there. */
static cvr_status begin_restored(run *r)
{
    cvr_solver *s = r->s;
    cvr_status status = CVR_OK;
    s->restored = false;
    if (s->iterations == 0)
        return CVR_OK;
    if (s->last.iterations == s->iterations) {
        *r->p = s->last;
        CVR_TRY(cvr_solver_read_clocks(s, r->p));
        CVR_TRY(report(r, (cvr_mat){0}));
    } else if (measurement_due(s) || s->iterations >= s->max_iterations) {
        CVR_TRY(iterate(r, true));
    }
done:
    return status;
}

cvr_status cvr_solver_run(cvr_solver *s, cvr_callback callback, void *user,
                          cvr_progress *result)
{
    run r = {.s = s, .callback = callback, .user = user, .p = result};
    cvr_status status = CVR_OK;
    s->wall_begun = s->saved_at = cvr_wall_seconds();
    s->cpu_begun = cvr_cpu_seconds();
    s->running = true;
    s->unsaved = CVR_OK;
    cvr_solver_listen(s);
    cvr_solver_describe(s, result);
    if (s->restored)
        CVR_TRY(begin_restored(&r));
    while (result->outcome == CVR_RUNNING)
        CVR_TRY(iterate(&r, false));
    status = s->unsaved;
done:
    cvr_solver_go_deaf(s);
    s->problem.hurried = false;
    s->wall_used = cvr_solver_seconds(s);
    s->cpu_used = cvr_solver_cpu_seconds(s);
    s->running = false;
    return status;
}
