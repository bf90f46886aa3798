/* The algorithm `graph': graph-form ADMM (graph.c) on majorisers that are renewed every
   few iterations, all outputs at once. */
#include "ccp/splitting.h"

static cvr_status start(void *state, cvr_mat U)
{
    cvr_ccp_splitting *s = state;
    cvr_ccp_splitting_place(s, U);
    return cvr_graph_start(&s->descent.ccp->graph, U, s->descent.F);
}

static cvr_status least_squares(void *state, cvr_mat U)
{
    cvr_ccp_descent *q = state;
    cvr_status status = cvr_graph_start_positive(&q->ccp->graph);
    cvr_graph_weights(&q->ccp->graph, U);
    return status;
}

static cvr_status iterate(void *state, cvr_mat U)
{
    cvr_ccp_descent *q = state;
    cvr_status status = cvr_graph_step(&q->ccp->graph);
    cvr_graph_weights(&q->ccp->graph, U);
    return status;
}

static void translate(void *state, int64_t c, double by)
{
    cvr_ccp_descent *q = state;
    cvr_graph_translate(&q->ccp->graph, c, by, q->ccp->sums);
}

static cvr_status step(void *state, bool *stalled)
{
    static const cvr_ccp_moves moves = {iterate, translate};
    return cvr_ccp_splitting_step(state, &moves, stalled);
}

const cvr_ccp_algorithm cvr_ccp_graph = {.name = "graph",
                                         .state_size = sizeof(cvr_ccp_splitting),
                                         .lay_out = cvr_ccp_splitting_lay_out,
                                         .start = start,
                                         .least_squares = least_squares,
                                         .step = step};
