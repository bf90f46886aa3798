/* The outer iteration of the splitting algorithms. The majoriser touches F at U, so
   weights with a lower value of it have a lower F. */
#include "ccp/ccp.h"

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
    CVR_TRY(cvr_mat_new(ccp->X.on, ccp->X.type, ccp->d, ccp->C, &s->U));
    CVR_TRY(cvr_mat_new(ccp->X.on, ccp->X.type, ccp->d, ccp->C, &s->Trial));
done:
    return status;
}

void cvr_ccp_splitting_free(cvr_ccp_splitting *s)
{
    cvr_mat_free(&s->U);
    cvr_mat_free(&s->Trial);
}

void cvr_ccp_splitting_keep(cvr_ccp_splitting *s, cvr_keeper *k)
{
    cvr_keep_mat(k, "U", s->U);
    cvr_keep_real(k, "F", &s->F);
}

cvr_status cvr_ccp_splitting_start(cvr_ccp_splitting *s, cvr_mat U)
{
    cvr_copy(s->U, U);
    return cvr_graph_majorise(&s->ccp->graph, s->U, &s->F);
}

cvr_status cvr_ccp_splitting_step(cvr_ccp_splitting *s,
                                  cvr_status (*iterate)(void *state, cvr_mat U),
                                  void *state, bool *stalled)
{
    enum { ITERATIONS = 200 }; /* at most, unless a round has more */
    int64_t inner = s->ccp->inner;
    double F = 0;
    cvr_status status = CVR_OK;
    *stalled = true;
    for (int64_t run = 0; run == 0 || run + inner <= ITERATIONS; run += inner) {
        for (int64_t k = 0; k < inner; k++)
            CVR_TRY(iterate(state, s->Trial));
        CVR_TRY(cvr_graph_majorise(&s->ccp->graph, s->Trial, &F));
        if (F <= s->F) {
            *stalled = s->F - F <= cvr_ccp_small(s->ccp) * s->F;
            s->F = F;
            cvr_copy(s->U, s->Trial);
            return CVR_OK;
        }
        CVR_TRY(cvr_graph_majorise(&s->ccp->graph, s->U, NULL));
    }
done:
    return status;
}
