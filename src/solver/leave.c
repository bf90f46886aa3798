/* Steps, measurements and the set-up ask whether they are to end early. A step that is
   left leaves no trace: the state is put back to what it was before. */
#include "solver/leave.h"

#include <math.h>

#include "solver/snapshot.h"

/* So many seconds beyond the time limit are for a set-up and a first iteration: a run
   that can have a network by then has one. */
static const double grace = 0.5;

/* ---- the question ----------------------------------------------------------------- */

int cvr_solver_caller(const cvr_solver *s)
{
    return s->caller.ask ? s->caller.ask(s->caller.user) : CVR_GO_ON;
}

/* The clock is process 0's. */
static int asks(void *solver)
{
    cvr_solver *s = solver;
    double limit = s->time_limit + (s->iterations == 0 ? grace : 0);
    bool first = cvr_comm_rank(s->problem.comm) == 0;
    if ((atomic_load(&s->asked) & CVR_ASK_STOP) || cvr_solver_caller(s) != CVR_GO_ON)
        return CVR_END;
    return first && cvr_solver_seconds(s) >= limit ? CVR_END : CVR_GO_ON;
}

void cvr_solver_listen(cvr_solver *s)
{
    if (!s->listening)
        s->caller = cvr_interrupt_swap(s->problem.comm, (cvr_interrupt_source){asks, s});
    s->listening = true;
}

void cvr_solver_hush(cvr_solver *s)
{
    (void)cvr_interrupt_swap(s->problem.comm, (cvr_interrupt_source){0});
}

void cvr_solver_go_deaf(cvr_solver *s)
{
    if (s->listening)
        (void)cvr_interrupt_swap(s->problem.comm, s->caller);
    s->listening = false;
}

cvr_status cvr_solver_left(void)
{
    return cvr_fail(CVR_INTERRUPTED, "stopped before the set-up was done");
}

/* ---- one step --------------------------------------------------------------------- */

static cvr_status copy_state(cvr_solver *s)
{
    cvr_comm *comm = s->problem.comm;
    bool first = !s->before.bytes;
    cvr_status status = cvr_snapshot_take(s);
    if (!first)
        return status;
    status = cvr_allreduce_status(comm, status);
    s->cannot_copy = status == CVR_NO_MEMORY;
    return s->cannot_copy ? CVR_OK : status;
}

static cvr_status step(cvr_solver *s)
{
    double begun = cvr_wall_seconds();
    cvr_status status = s->method->step(s->state);
    s->longest_wait = cvr_wall_seconds() - begun;
    return status;
}

/* It asks nothing. */
static cvr_status whole_step(cvr_solver *s)
{
    cvr_interrupt_source ours =
        cvr_interrupt_swap(s->problem.comm, (cvr_interrupt_source){0});
    cvr_status status = step(s);
    (void)cvr_interrupt_swap(s->problem.comm, ours);
    return status;
}

/* The step of a method that does not roll back by itself. */
static cvr_status copied_step(cvr_solver *s)
{
    cvr_status status = CVR_OK;
    if (s->longest_wait < s->brief || s->cannot_copy)
        return whole_step(s);
    CVR_TRY(copy_state(s));
    if (s->cannot_copy)
        return whole_step(s);
    status = step(s);
    if (status == CVR_INTERRUPTED) {
        CVR_TRY(cvr_snapshot_back(s));
        status = CVR_INTERRUPTED;
    }
done:
    return status;
}

cvr_status cvr_solver_step(cvr_solver *s, bool *cut)
{
    cvr_status status = s->method->rolls_back ? step(s) : copied_step(s);
    *cut = status == CVR_INTERRUPTED;
    if (status == CVR_OK)
        s->iterations++;
    return *cut ? CVR_OK : status;
}
