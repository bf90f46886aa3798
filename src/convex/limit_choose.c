#include "convex/limit_choose.h"

#include <math.h>

#include "base/log.h"
#include "convex/convex.h"
#include "convex/limit_gates.h"
#include "convex/limit_kernel.h"
#include "convex/limit_take.h"
#include "linalg/mats.h"
#include "model/kernel.h"
#include "parallel/comm.h"

enum {
    PENALTIES = 17, /* 10^-7 .. 10 of the kernel's mean eigenvalue */
    FEW = 1000      /* rows of an eigendecomposition that only tells where to look */
};

static double grid(int k)
{
    return pow(10, -7 + 0.5 * k);
}

/* The penalty of the least leave-one-out error; where all rows are still to judge, the
   largest whose error is hardly more. */
static void judge_penalties(const cvr_limit *s, cvr_press *press, double *penalty,
                            double *criterion)
{
    *criterion = INFINITY;
    *penalty = grid(PENALTIES / 2);
    for (int k = PENALTIES - 1; k >= 0 && !cvr_interrupt_poll(s->q->comm); k--) {
        double error = cvr_press_solve(press, grid(k) * press->scale);
        if (error < *criterion * (s->way == &cvr_limit_all ? 1 : 1 - 1e-3)) {
            *criterion = error;
            *penalty = grid(k);
        }
    }
}

static void adopt(cvr_limit *s, cvr_limit *other)
{
    cvr_machine_free(&s->machine);
    cvr_press_free(&s->press);
    s->machine = other->machine;
    s->press = other->press;
    s->which = other->which;
    s->penalty = other->penalty;
    s->criterion = other->criterion;
    other->machine = (cvr_machine){0};
    other->press = (cvr_press){0};
}

cvr_status cvr_limit_make(const cvr_limit *s, int which, cvr_mat X, cvr_mat K,
                          cvr_machine *machine)
{
    return s->gates > 0 ? cvr_limit_sampled(&s->alone, which, s->gates, X, K, machine)
                        : cvr_limit_machine(&s->alone, which, X, K, machine);
}

/* The kernel `which` takes the place of the best so far when it is better; nothing, when
   the run is to end. */
static cvr_status try_kernel(cvr_limit *s, int which)
{
    cvr_mat X = s->rows.X, K = {0};
    cvr_limit other = {.which = which};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, X.rows, &K));
    CVR_TRY(cvr_limit_make(s, which, X, K, &other.machine));
    if (cvr_interrupt_poll(s->q->comm))
        goto done;
    CVR_TRY(cvr_press_new(&K, s->rows.Y, s->rows.omega, &other.press));
    other.press.tau = s->tau;
    if (!(other.press.scale > 0))
        other.press.scale = 1;
    judge_penalties(s, &other.press, &other.penalty, &other.criterion);
    cvr_note(CVR_LOG_DETAIL, "kernel %s: penalty %.3g, leave-one-out error %.6g",
             cvr_kernel_names[which], other.penalty, other.criterion);
    if (!s->press.Q.data || other.criterion < s->criterion)
        adopt(s, &other);
done:
    cvr_mat_free(&K);
    cvr_machine_free(&other.machine);
    cvr_press_free(&other.press);
    return status;
}

/* True where the user names it. */
static bool name_penalty(cvr_limit *s)
{
    const cvr_convex_options *o = cvr_convex_options_of(s->q);
    bool named = CVR_GIVEN(o, beta), part = CVR_GIVEN(o, beta_relative);
    s->scale = s->press.scale;
    if (part)
        s->penalty = o->beta_relative;
    if (named)
        s->penalty = o->beta / s->press.scale;
    s->mu = s->penalty * s->scale;
    return named || part;
}

/* The kernels that are tried: the one that is named, that of images, or those of
   tables. */
static void candidates(const cvr_problem *q, int *first, int *end)
{
    int choice = cvr_convex_options_of(q)->kernel;
    bool one = choice > 0 || q->train->transform.channels > 0;
    *first = choice > 0 ? choice - 1 : one ? CVR_KERNEL_OF_IMAGES : 0;
    *end = one ? *first + 1 : CVR_KERNEL_CANDIDATES;
}

cvr_status cvr_limit_complete(cvr_limit *s)
{
    cvr_status status = CVR_OK;
    s->machine.clip = cvr_limit_clip(s->q);
    cvr_mat_free(&s->machine.V);
    if (!s->V.data)
        return CVR_OK;
    CVR_TRY(CVR_MATS_NEW(s->V, s->V.rows, s->V.cols, &s->machine.V));
    cvr_copy(s->machine.V, s->V);
done:
    return status;
}

/* The rows that the kernel is chosen on; what makes equal ones of them merges these,
   too. */
static cvr_status prepare(cvr_limit *s, int64_t count)
{
    cvr_mat X = {0}, Y = {0}, weights = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_limit_draw(s, count, CVR_DOUBLE, &X, &Y, &weights));
    CVR_TRY(cvr_allreduce_status(s->q->comm, cvr_merge(X, Y, weights, &s->rows)));
done:
    CVR_MATS_FREE(&X, &Y, &weights);
    return status;
}

cvr_status cvr_limit_choose(cvr_limit *s)
{
    int first, end;
    int64_t rows = s->distinct.count;
    cvr_status status = CVR_OK;
    candidates(s->q, &first, &end);
    if (s->way != &cvr_limit_all && rows > (end == first + 1 ? FEW : CVR_LIMIT_MOST))
        rows = end == first + 1 ? FEW : CVR_LIMIT_MOST;
    CVR_TRY(prepare(s, rows));
    for (int which = first; which < end; which++) {
        CVR_TRY(cvr_allreduce_status(s->q->comm, try_kernel(s, which)));
        CVR_TRY(cvr_interrupt_check(s->q->comm));
    }
    if (end > first + 1)
        cvr_note(s->gates > 0 ? CVR_LOG_DETAIL : CVR_LOG_NOTE,
                 "kernel %s has the least leave-one-out error, with %.2g of its mean "
                 "eigenvalue as penalty",
                 cvr_kernel_names[s->which], s->penalty);
    s->chosen_on = rows;
    if (s->which == CVR_KERNEL_NO_NETWORK)
        cvr_note(CVR_LOG_NOTE,
                 "kernel %s is no ReLU network: it is there to compare with",
                 cvr_kernel_names[s->which]);
    s->named = name_penalty(s);
    CVR_TRY(cvr_allreduce_status(s->q->comm, cvr_limit_complete(s)));
done:
    return status;
}
