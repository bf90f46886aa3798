/* Better supports by exchange. At weights U that are refitted to their support, a weight
   in it is worth what F rises by without it, the others refitted, and one outside it what
   F falls by with it, the others as they are:

       u_j^2 / (H^{-1})_jj        and        g_j^2 / (4 h_j),   g = 2 X'nu,  h_j = sum_A
   x_j^2

   to second order, A being the rows on the quadratic side and H = sum_A x x' over the
   support. The k most valuable are the next support, and are refitted; the outsiders'
   worth counts half, and only the best of them come in, for they get in each other's way.
   When F has not fallen half as many may come in the next time. (The worth of those
   within is that of optimal brain surgery, Hassibi and Stork 1993.) */
#include "ccp/prune.h"
#include "linalg/mats.h"

typedef struct exchange {
    const cvr_prune_task *task;
    int64_t keep, most;  /* in all; that may come in */
    double part;         /* of the worth of those outside that counts */
    cvr_mat Trial;       /* d x C */
    cvr_mat In, Known;   /* d x C: worth of the support of Trial, of U */
    cvr_mat S, Out;      /* d x C: worth of all, of those outside */
    cvr_prune_slopes at; /* U */
} exchange;

/* ---- worth of the others ----------------------------------------------------------- */

/* Out = g^2 / (4 h) outside the support of U, 0 within. */
static void value_outsiders(exchange *e, cvr_mat U)
{
    cvr_square(e->Out, e->at.G);
    cvr_hadamard(e->Out, e->at.H);
    cvr_scale(e->Out, 0.25);
    for (int64_t c = 0; c < U.cols; c++)
        for (int64_t j = 0; j < U.rows; j++)
            if (cvr_get(U, j, c) != 0)
                cvr_set(e->Out, j, c, 0);
}

/* ---- one exchange ------------------------------------------------------------------ */

/* S = the next support: what is not 0 there. */
static void choose(exchange *e)
{
    cvr_mat S = cvr_prune_weights(e->S), Out = cvr_prune_weights(e->Out);
    cvr_hard_threshold(S, Out, e->most);
    cvr_axpby(S, 1, cvr_prune_weights(e->Known), e->part);
    cvr_copy(Out, S);
    cvr_hard_threshold(S, Out, e->keep);
}

/* Trial = U on that support; those that are new begin at a small part of the step that
   each would take alone. Returns how many are new. */
static int64_t place(exchange *e, cvr_mat U)
{
    int64_t fresh = 0;
    cvr_copy(e->Trial, U);
    for (int64_t c = 0; c < U.cols; c++)
        for (int64_t j = 0; j + 1 < U.rows; j++) {
            bool in = cvr_get(e->S, j, c) != 0, was = cvr_get(U, j, c) != 0;
            double alone = cvr_get(e->at.G, j, c) * cvr_get(e->at.H, j, c) / -2;
            if (in != was)
                cvr_set(e->Trial, j, c, in ? 0.01 * alone : 0);
            fresh += in && !was;
        }
    return fresh;
}

static cvr_status attempt(exchange *e, cvr_mat U, int64_t *fresh, double *error)
{
    cvr_status status = CVR_OK;
    value_outsiders(e, U);
    choose(e);
    *fresh = place(e, U);
    cvr_copy(e->In, e->Known);
    CVR_TRY(cvr_prune_refit(e->task, e->Trial, U, e->In));
    CVR_TRY(cvr_prune_error(e->task, e->Trial, error));
done:
    return status;
}

/* After a round without a gain: fewer may come in; at last those, too, whose worth is not
   beyond doubt. */
static void be_careful(exchange *e, int64_t fresh)
{
    e->most = (fresh < e->most ? fresh : e->most) / 2;
    if (e->most > 0 || e->part == 1)
        return;
    e->part = 1;
    e->most = e->keep / 50 + 1;
}

static cvr_status go_on(exchange *e, cvr_mat U, int64_t rounds)
{
    int64_t fresh = 0;
    double best = 0, now = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_prune_error(e->task, U, &best));
    CVR_TRY(cvr_prune_slopes_find(e->task, U, &e->at));
    for (int64_t k = 0; k < rounds && e->most > 0; k++) {
        CVR_TRY(attempt(e, U, &fresh, &now));
        if (fresh > 0 && now < best) {
            best = now;
            cvr_copy(U, e->Trial);
            cvr_copy(e->Known, e->In);
            CVR_TRY(cvr_prune_slopes_find(e->task, U, &e->at));
        } else {
            be_careful(e, fresh);
        }
    }
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status take_memory(exchange *e, cvr_mat U)
{
    cvr_status status = CVR_OK;
    CVR_TRY(
        CVR_MATS_NEW(U, U.rows, U.cols, &e->Trial, &e->In, &e->Known, &e->S, &e->Out));
    CVR_TRY(cvr_prune_slopes_new(e->task, true, &e->at));
done:
    return status;
}

static void release(exchange *e)
{
    CVR_MATS_FREE(&e->Trial, &e->In, &e->Known, &e->S, &e->Out);
    cvr_prune_slopes_free(&e->at);
}

cvr_status cvr_prune_exchange(const cvr_prune_task *task, int64_t keep, int64_t rounds,
                              cvr_mat U)
{
    exchange e = {.task = task, .keep = keep, .most = keep / 5 + 1, .part = 0.5};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(task->comm, take_memory(&e, U)));
    CVR_TRY(cvr_prune_refit(task, U, (cvr_mat){0}, e.Known));
    CVR_TRY(go_on(&e, U, rounds));
done:
    release(&e);
    return status;
}
