/* The outer iteration of the splitting algorithms. The majoriser touches F at U, so
   weights with a lower value of it have a lower F. Outputs are problems of their own:
   each takes the new weights when its own F does not rise. */
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "ccp/ccp.h"
#include "linalg/mats.h"

double cvr_ccp_small(const cvr_ccp *ccp)
{
    double rounding = ccp->X.type == CVR_DOUBLE ? 1e-14 : 1e-7;
    double wanted = 1e-3 * ccp->tolerance;
    return wanted > rounding ? wanted : rounding;
}

cvr_status cvr_ccp_splitting_new(cvr_ccp *ccp, cvr_ccp_splitting *s)
{
    cvr_status status = CVR_OK;
    s->ccp = ccp;
    CVR_TRY(CVR_MATS_NEW(ccp->X, ccp->d, ccp->C, &s->U, &s->Trial));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->F, "objectives", (void **)&s->F));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->now, "objectives", (void **)&s->now));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->moved, "moves", (void **)&s->moved));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->waited, "counts", (void **)&s->waited));
done:
    return status;
}

void cvr_ccp_splitting_free(cvr_ccp_splitting *s)
{
    cvr_mat_free(&s->U);
    cvr_mat_free(&s->Trial);
    cvr_release(s->F);
    cvr_release(s->now);
    cvr_release(s->moved);
    cvr_release(s->waited);
}

void cvr_ccp_splitting_serialize(cvr_ccp_splitting *s, cvr_archive *k)
{
    cvr_archive_mat(k, "U", s->U);
    cvr_archive_reals(k, "F", s->F, s->ccp->C);
    for (int64_t c = 0; c < s->ccp->C; c++) {
        cvr_archive_push(k, "output", (int)c + 1);
        cvr_archive_count(k, "waited", &s->waited[c]);
        cvr_archive_pop(k);
    }
}

const double *cvr_ccp_splitting_objectives(void *state)
{
    return ((cvr_ccp_splitting *)state)->F;
}

cvr_mat cvr_ccp_splitting_weights(void *state)
{
    return ((cvr_ccp_splitting *)state)->U;
}

cvr_status cvr_ccp_splitting_start(cvr_ccp_splitting *s, cvr_mat U)
{
    cvr_copy(s->U, U);
    memset(s->waited, 0, sizeof *s->waited * (size_t)s->ccp->C);
    return cvr_graph_majorise(&s->ccp->graph, s->U, s->F);
}

/* Takes over output c when its F has not risen: F and `now' change places. */
static bool take_over(cvr_ccp_splitting *s, int64_t c)
{
    double before = s->F[c];
    bool taken = s->now[c] <= before;
    s->waited[c] += s->ccp->inner;
    if (taken) {
        s->F[c] = s->now[c];
        s->now[c] = before;
        s->waited[c] = 0;
        cvr_copy(cvr_mat_cols(s->U, c, 1), cvr_mat_cols(s->Trial, c, 1));
    }
    return taken;
}

/* F of no output has moved to speak of, or has not fallen for long. */
static bool all_stay(const cvr_ccp_splitting *s)
{
    enum { PATIENCE = 200 };
    for (int64_t c = 0; c < s->ccp->C; c++) {
        double small = cvr_ccp_small(s->ccp) * s->F[c];
        if (!(fabs(s->now[c] - s->F[c]) <= small) && s->waited[c] < PATIENCE)
            return false;
    }
    return true;
}

/* Intercepts and offsets; the majorisers touch where they have led. */
static cvr_status move_offsets(cvr_ccp_splitting *s, const cvr_ccp_moves *moves)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ccp_offset_step(s->ccp, s->U, s->F, s->moved));
    for (int64_t c = 0; c < s->ccp->C; c++)
        moves->translate(s, c, s->moved[c]);
    CVR_TRY(cvr_graph_majorise(&s->ccp->graph, s->U, NULL));
done:
    return status;
}

/* One round of inner iterations; any: F of an output has not risen; stalled: no F falls
   any more to speak of. */
static cvr_status round_of(cvr_ccp_splitting *s, const cvr_ccp_moves *moves, bool *any,
                           bool *stalled)
{
    bool all = true;
    cvr_status status = CVR_OK;
    for (int64_t k = 0; k < s->ccp->inner; k++)
        CVR_TRY(moves->iterate(s, s->Trial));
    CVR_TRY(cvr_graph_majorise(&s->ccp->graph, s->Trial, s->now));
    *any = false;
    for (int64_t c = 0; c < s->ccp->C; c++) {
        bool taken = take_over(s, c);
        *any = *any || taken;
        all = all && taken;
    }
    if (s->ccp->offset)
        CVR_TRY(move_offsets(s, moves));
    else if (!all)
        CVR_TRY(cvr_graph_majorise(&s->ccp->graph, s->U, NULL));
    *stalled = all_stay(s);
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
        CVR_TRY(round_of(s, moves, &any, stalled));
done:
    return status;
}
