/* Better supports by exchange. At weights U that are refitted to their support, the value
   of a weight is, to second order,

       in the support:   u_j^2 / (H^{-1})_jj,   what F rises by without it, the others
                                                refitted (its saliency);
       outside:          g_j^2 / (4 h_j),       what F falls by with it, the others as
                                                they are;

       g = dF/du,   h_j = sum_A x_pj^2,   H = sum_A x_p x_p' over the support,

   A being the active rows. The k most valuable weights are the next support, which is
   refitted and taken when F has fallen. Weights outside get in each other's way: their
   value counts half, and only the best of them come in, half as many after a round
   without a gain. (Saliency: Hassibi and Stork 1993, optimal brain surgeon.) */
#include "prune/exchange.h"

#include "ccp/ops.h"
#include "linalg/ops.h"
#include "prune/refit.h"
#include "prune/slopes.h"

typedef struct exchange {
    const cvr_prune_task *task;
    int64_t keep, most;     /* weights in all; that may come in */
    double part;            /* of the value of weights outside that counts */
    cvr_mat Trial;          /* d x C */
    cvr_mat TrialIn, In;    /* d x C: saliencies at Trial, at U */
    cvr_mat Value, Outside; /* d x C: of all weights, of those outside */
    cvr_prune_slopes at;    /* U */
    cvr_workspace workspace;
} exchange;

/* ---- one exchange ------------------------------------------------------------------ */

/* Outside = g^2 / (4 h) outside the support of U, 0 within. */
static void value_outside(exchange *e, cvr_mat U)
{
    cvr_square(e->Outside, e->at.G);
    cvr_hadamard(e->Outside, e->at.H);
    cvr_scale(e->Outside, 0.25);
    for (int64_t c = 0; c < U.cols; c++)
        for (int64_t j = 0; j < U.rows; j++)
            if (cvr_get(U, j, c) != 0)
                cvr_set(e->Outside, j, c, 0);
}

/* Value: not 0 on the next support only. */
static void choose_support(exchange *e)
{
    cvr_mat Value = cvr_prune_weights(e->Value), Outside = cvr_prune_weights(e->Outside);
    cvr_hard_threshold(Value, Outside, e->most);
    cvr_axpby(Value, 1, cvr_prune_weights(e->In), e->part);
    cvr_copy(Outside, Value);
    cvr_hard_threshold(Value, Outside, e->keep);
}

/* Trial = U on that support; a new weight begins at a hundredth of the step -g / (2 h)
   that it would take alone. Returns how many are new. */
static int64_t move_support(exchange *e, cvr_mat U)
{
    int64_t fresh = 0;
    cvr_copy(e->Trial, U);
    for (int64_t c = 0; c < U.cols; c++)
        for (int64_t j = 0; j + 1 < U.rows; j++) {
            bool in = cvr_get(e->Value, j, c) != 0, was = cvr_get(U, j, c) != 0;
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
    value_outside(e, U);
    choose_support(e);
    *fresh = move_support(e, U);
    cvr_copy(e->TrialIn, e->In);
    CVR_TRY(cvr_prune_refit(e->task, e->Trial, U, e->TrialIn));
    CVR_TRY(cvr_prune_error(e->task, e->Trial, error));
done:
    return status;
}

/* After a round without a gain fewer may come in; in the end the value of those outside
   counts in full. */
static void restrict_exchange(exchange *e, int64_t fresh)
{
    e->most = (fresh < e->most ? fresh : e->most) / 2;
    if (e->most > 0 || e->part == 1)
        return;
    e->part = 1;
    e->most = e->keep / 50 + 1;
}

static cvr_status run(exchange *e, cvr_mat U, int64_t rounds)
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
            cvr_copy(e->In, e->TrialIn);
            CVR_TRY(cvr_prune_slopes_find(e->task, U, &e->at));
        } else {
            restrict_exchange(e, fresh);
        }
    }
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status allocate(exchange *e)
{
    const cvr_prune_task *t = e->task;
    cvr_workspace *w = &e->workspace;
    cvr_workspace_init(w, t->X.device, t->X.type, "an exchange of weights");
    CVR_LAY_SCRATCH(w, t->X.cols, t->Y.cols, &e->Trial, &e->TrialIn, &e->In, &e->Value,
                    &e->Outside);
    cvr_prune_slopes_lay_out(t, true, &e->at, w);
    return cvr_workspace_take(w, t->comm);
}

cvr_status cvr_prune_exchange(const cvr_prune_task *task, int64_t keep, int64_t rounds,
                              cvr_mat U)
{
    exchange e = {.task = task, .keep = keep, .most = keep / 5 + 1, .part = 0.5};
    cvr_status status = CVR_OK;
    CVR_TRY(allocate(&e));
    CVR_TRY(cvr_prune_refit(task, U, (cvr_mat){0}, e.In));
    CVR_TRY(run(&e, U, rounds));
done:
    cvr_workspace_free(&e.workspace);
    return status;
}
