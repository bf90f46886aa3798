/* The outer iteration of the splitting algorithms:

   1. Inner iterations on the majorisers that touch F at U.
   2. A majoriser lies above F and touches it at U, so weights with a lower value of it
      have a lower F. Outputs are problems of their own: each takes the new weights when
      its own F does not rise; one that does not keeps its weights and goes on.
   3. Offsets and intercepts take a step (offset.c).
   4. New majorisers at U. */
#include "ccp/splitting.h"

#include <math.h>
#include <string.h>

#include "ccp/offset.h"
#include "linalg/ops.h"

cvr_status cvr_ccp_splitting_lay_out(void *state, cvr_workspace *w)
{
    cvr_ccp_splitting *s = state;
    cvr_ccp_descent *q = &s->descent;
    int64_t d = q->ccp->d, C = q->ccp->C;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lay_array(w, (void **)&q->F, C, sizeof *q->F));
    CVR_TRY(cvr_lay_array(w, (void **)&s->now, C, sizeof *s->now));
    CVR_TRY(cvr_lay_array(w, (void **)&s->moved, C, sizeof *s->moved));
    CVR_TRY(cvr_lay_array(w, (void **)&s->waited, C, sizeof *s->waited));
    cvr_lay(w, CVR_SHARED, "U", &q->U, d, C);
    CVR_LAY_SCRATCH(w, d, C, &s->Trial);
    cvr_lay_reals(w, "F", q->F, C);
    for (int64_t c = 0; c < C; c++) {
        cvr_workspace_push(w, "output", c + 1);
        cvr_lay_count(w, "waited", &s->waited[c]);
        cvr_workspace_pop(w);
    }
done:
    return status;
}

void cvr_ccp_splitting_place(cvr_ccp_splitting *s, cvr_mat U)
{
    cvr_copy(s->descent.U, U);
    memset(s->waited, 0, sizeof *s->waited * (size_t)s->descent.ccp->C);
}

/* ---- a round ----------------------------------------------------------------------- */

/* Output c takes Trial when its F has not risen: F and `now' change places. */
static bool accept(cvr_ccp_splitting *s, int64_t c)
{
    cvr_ccp_descent *q = &s->descent;
    double before = q->F[c];
    bool accepted = s->now[c] <= before;
    s->waited[c] += q->ccp->inner;
    if (accepted) {
        q->F[c] = s->now[c];
        s->now[c] = before;
        s->waited[c] = 0;
        cvr_copy(cvr_mat_cols(q->U, c, 1), cvr_mat_cols(s->Trial, c, 1));
    }
    return accepted;
}

/* F of no output has moved noticeably, or fallen for long. */
static bool all_stall(const cvr_ccp_splitting *s)
{
    enum { PATIENCE = 200 };
    const cvr_ccp_descent *q = &s->descent;
    for (int64_t c = 0; c < q->ccp->C; c++) {
        double small = cvr_ccp_small(q->ccp) * q->F[c];
        if (!(fabs(s->now[c] - q->F[c]) <= small) && s->waited[c] < PATIENCE)
            return false;
    }
    return true;
}

/* Intercepts and offsets; the majorisers touch where they have led. */
static cvr_status move_offsets(cvr_ccp_splitting *s, const cvr_ccp_moves *moves)
{
    cvr_ccp_descent *q = &s->descent;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ccp_offset_step(q->ccp, q->U, q->F, s->moved));
    for (int64_t c = 0; c < q->ccp->C; c++)
        moves->translate(s, c, s->moved[c]);
    CVR_TRY(cvr_graph_majorise(&q->ccp->graph, q->U, NULL));
done:
    return status;
}

/* any: F of an output has not risen. */
static cvr_status run_round(cvr_ccp_splitting *s, const cvr_ccp_moves *moves, bool *any,
                            bool *stalled)
{
    cvr_ccp *p = s->descent.ccp;
    bool all = true;
    cvr_status status = CVR_OK;
    for (int64_t k = 0; k < p->inner; k++)
        CVR_TRY(moves->iterate(s, s->Trial));
    CVR_TRY(cvr_graph_majorise(&p->graph, s->Trial, s->now));
    *any = false;
    for (int64_t c = 0; c < p->C; c++) {
        bool accepted = accept(s, c);
        *any = *any || accepted;
        all = all && accepted;
    }
    if (p->offset)
        CVR_TRY(move_offsets(s, moves));
    else if (!all)
        CVR_TRY(cvr_graph_majorise(&p->graph, s->descent.U, NULL));
    *stalled = all_stall(s);
done:
    return status;
}

cvr_status cvr_ccp_splitting_step(cvr_ccp_splitting *s, const cvr_ccp_moves *moves,
                                  bool *stalled)
{
    bool any = false;
    cvr_status status = CVR_OK;
    *stalled = false;
    while (!any && !*stalled)
        CVR_TRY(run_round(s, moves, &any, stalled));
done:
    return status;
}
