/* One way to go downhill from given weights. multistart.c uses two at a time: one for the
   search, and `graph' for the polishing. */
#ifndef CVR_CCP_ALGORITHM_H
#define CVR_CCP_ALGORITHM_H

#include "ccp/problem.h"

/* What the state of each begins with. */
typedef struct cvr_ccp_descent {
    cvr_ccp *ccp;
    cvr_mat U;        /* d x C: the weights, in the user's units */
    double *F;        /* of each output, at these */
    cvr_mat products; /* own rows x C: X U; {0}: not at hand */
} cvr_ccp_descent;

/* All but lay_out are collective. A state begins with its cvr_ccp_descent. */
typedef struct cvr_ccp_algorithm {
    const char *name;
    size_t state_size;
    /* Lists U and F, and what a step depends on besides the matrices of ccp->graph. */
    cvr_status (*lay_out)(void *state, cvr_workspace *w);
    void (*prepare)(void *state); /* first values; NULL: there are none */
    cvr_status (*start)(void *state, cvr_mat U);
    /* U = the fit of each output to its rows with y > 0, by least squares. */
    cvr_status (*least_squares)(void *state, cvr_mat U);
    /* One outer iteration; stalled: F of no output falls any more. */
    cvr_status (*step)(void *state, bool *stalled);
} cvr_ccp_algorithm;

extern const cvr_ccp_algorithm cvr_ccp_newton, cvr_ccp_graph, cvr_ccp_consensus;

#endif
