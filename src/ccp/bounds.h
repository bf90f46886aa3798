/* Bounds of the convex problem that the last majoriser of graph-form ADMM poses. */
#ifndef CVR_CCP_BOUNDS_H
#define CVR_CCP_BOUNDS_H

#include "ccp/graph.h"

/* Penalty L1 only; NaN for lambda = 0. */
typedef struct cvr_graph_bounds {
    double upper, lower; /* its value at V, and a lower bound of it */
    double gap;          /* (upper - lower) / upper */
} cvr_graph_bounds;

/* Collective. Changes nothing that a step reads. */
cvr_status cvr_graph_gap(cvr_graph *g, cvr_graph_bounds *bounds) CVR_MUST_CHECK;

#endif
