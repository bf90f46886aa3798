/* The algorithm `graph': graph-form ADMM on majorisers that are renewed every few
   iterations, all outputs at once. */
#include <string.h>

#include "ccp/ccp.h"

static cvr_status setup(void *state, cvr_ccp *ccp)
{
    return cvr_ccp_splitting_new(ccp, state);
}

static cvr_status start(void *state, cvr_mat U)
{
    cvr_ccp_splitting *s = state;
    cvr_copy(s->U, U);
    memset(s->waited, 0, sizeof *s->waited * (size_t)s->ccp->C);
    return cvr_graph_start(&s->ccp->graph, U, s->F);
}

static cvr_status least_squares(void *state, cvr_mat U)
{
    cvr_ccp_splitting *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_graph_factor_form(s->ccp->X, &s->ccp->factor));
    CVR_TRY(cvr_graph_start_positive(&s->ccp->graph));
    cvr_graph_weights(&s->ccp->graph, U);
done:
    return status;
}

static cvr_status iterate(void *state, cvr_mat U)
{
    cvr_ccp_splitting *s = state;
    cvr_status status = cvr_graph_step(&s->ccp->graph);
    cvr_graph_weights(&s->ccp->graph, U);
    return status;
}

static void translate(void *state, int64_t c, double by)
{
    cvr_ccp_splitting *s = state;
    cvr_graph_translate(&s->ccp->graph, c, by, s->ccp->sums);
}

static const cvr_ccp_moves moves = {iterate, translate};

/* Weights that are only to be measured never need the factor. */
static cvr_status step(void *state, bool *stalled)
{
    cvr_ccp_splitting *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_graph_factor_form(s->ccp->X, &s->ccp->factor));
    CVR_TRY(cvr_ccp_splitting_step(s, &moves, stalled));
done:
    return status;
}

static void keep(void *state, cvr_archive *k)
{
    cvr_ccp_splitting_serialize(state, k);
}

static void teardown(void *state)
{
    cvr_ccp_splitting_free(state);
}

const cvr_ccp_algorithm cvr_ccp_graph = {.name = "graph",
                                         .state_size = sizeof(cvr_ccp_splitting),
                                         .setup = setup,
                                         .start = start,
                                         .least_squares = least_squares,
                                         .step = step,
                                         .objectives = cvr_ccp_splitting_objectives,
                                         .weights = cvr_ccp_splitting_weights,
                                         .keep = keep,
                                         .teardown = teardown};
