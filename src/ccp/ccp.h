/* The algorithms of the method `ccp', and what they share. */
#ifndef CVR_CCP_CCP_H
#define CVR_CCP_CCP_H

#include "ccp/graph.h"
#include "solver/method.h"

/* Owned by ccp.c. The tall matrices of graph serve the other algorithms too. */
typedef struct cvr_ccp {
    const cvr_problem *problem;
    cvr_mat X, Y; /* own rows x d, own rows x C */
    int64_t d, C;
    double lambda, tolerance;
    int64_t inner;
    cvr_graph_factor factor;
    cvr_graph graph;
    bool disturbed; /* its K no longer holds what newton left there */
} cvr_ccp;

/* One way to go downhill. All U are d x C in the user's units; all but setup and teardown
   are collective. */
typedef struct cvr_ccp_algorithm {
    const char *name;
    size_t state_size;
    cvr_status (*setup)(void *state, cvr_ccp *ccp); /* takes all memory */
    cvr_status (*start)(void *state, cvr_mat U);
    /* U = the fit of each output to its rows with y > 0, by least squares. */
    cvr_status (*least_squares)(void *state, cvr_mat U);
    /* One outer iteration; stalled: F of no output falls any more. */
    cvr_status (*step)(void *state, bool *stalled);
    const double *(*objectives)(void *state); /* F of each output, at the weights */
    cvr_mat (*weights)(void *state);
    cvr_mat (*products)(void *state); /* X times these, own rows x C; NULL: not at hand */
    /* What a step depends on, besides the matrices of ccp->graph. */
    void (*keep)(void *state, cvr_keeper *k);
    void (*teardown)(void *state); /* takes a zeroed state */
} cvr_ccp_algorithm;

extern const cvr_ccp_algorithm cvr_ccp_newton, cvr_ccp_graph, cvr_ccp_consensus;

/* A fall of F by less than this part of it is none. */
double cvr_ccp_small(const cvr_ccp *ccp);

/* ---- splitting algorithms: inner iterations on a majoriser, then a new one -----------
 */

typedef struct cvr_ccp_splitting {
    cvr_ccp *ccp;
    cvr_mat U, Trial; /* d x C: the weights, those of the inner iterations */
    double *F, *now;  /* of each output at U, at Trial */
    int64_t *waited;  /* inner iterations of each output since its F fell */
} cvr_ccp_splitting;

cvr_status cvr_ccp_splitting_new(cvr_ccp *ccp, cvr_ccp_splitting *s) CVR_MUST_CHECK;
void cvr_ccp_splitting_free(cvr_ccp_splitting *s);
void cvr_ccp_splitting_keep(cvr_ccp_splitting *s, cvr_keeper *k);
/* Majorises at U, which becomes the weights. */
cvr_status cvr_ccp_splitting_start(cvr_ccp_splitting *s, cvr_mat U) CVR_MUST_CHECK;
/* Inner iterations until F of an output is no more than before: the weights of all such
   outputs are then those of the iterations, and the majorisers touch there. The others
   keep theirs. */
cvr_status cvr_ccp_splitting_step(cvr_ccp_splitting *s,
                                  cvr_status (*iterate)(void *state, cvr_mat U),
                                  void *state, bool *stalled) CVR_MUST_CHECK;

/* Functions of an algorithm whose state begins with its cvr_ccp_splitting. */
const double *cvr_ccp_splitting_objectives(void *state);
cvr_mat cvr_ccp_splitting_weights(void *state);

#endif
