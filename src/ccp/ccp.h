/* The algorithms of the method `ccp', and what they share. */
#ifndef CVR_CCP_CCP_H
#define CVR_CCP_CCP_H

#include "ccp/graph.h"
#include "solver/method.h"

/* Owned by ccp.c. The tall matrices of graph serve the other algorithms too. */
typedef struct cvr_ccp {
    const cvr_problem *problem;
    cvr_mat X, Y; /* own rows x d, with an intercept its ones last; own rows x C: what
                     max(0, XU) is to be, the targets less the offsets */
    int64_t d, C;
    bool offset;  /* f = max(0, Xu) + b: offset.c; X then has its ones */
    double *b;    /* C: of the present weights */
    cvr_mat P;    /* own rows x C, another's: work */
    cvr_mat h, B; /* own rows x 1: work; C x 1: minus b */
    cvr_mat sums; /* d x 1: X'1 */
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
    void (*keep)(void *state, cvr_archive *k);
    void (*teardown)(void *state); /* takes a zeroed state */
} cvr_ccp_algorithm;

extern const cvr_ccp_algorithm cvr_ccp_newton, cvr_ccp_graph, cvr_ccp_consensus;

/* ---- offsets: the constants of the outputs, free of a penalty -------------------------
 */

cvr_status cvr_ccp_offset_new(cvr_ccp *ccp) CVR_MUST_CHECK; /* each process alone */
void cvr_ccp_offset_free(cvr_ccp *ccp);
/* X'1; collective. */
cvr_status cvr_ccp_offset_begin(cvr_ccp *ccp) CVR_MUST_CHECK;
/* Y of output c is the targets less b, in their type; b is kept in that type too. */
void cvr_ccp_set_offset(cvr_ccp *ccp, int64_t c, double b);
/* Over own rows, e = max(0, w + t p) - y of one output: sum e^2 and sum e. */
void cvr_ccp_distances(const cvr_ccp *ccp, cvr_mat w, cvr_mat p, double t, cvr_mat y,
                       double sums[2]);
/* The best offsets for weights whose products are W = XU: means of y - max(0, w).
   Collective. */
cvr_status cvr_ccp_best_offset(cvr_ccp *ccp, cvr_mat W) CVR_MUST_CHECK;
/* A step of intercept and offset, the weights of the features as they are, where F falls
   by it: U's last row moves by du (C of them) and F (C) falls. Collective. */
cvr_status cvr_ccp_offset_step(cvr_ccp *ccp, cvr_mat U, double *F,
                               double *du) CVR_MUST_CHECK;

/* A fall of F by less than this part of it is none. */
double cvr_ccp_small(const cvr_ccp *ccp);

/* ---- splitting algorithms: inner iterations on a majoriser, then a new one -----------
 */

typedef struct cvr_ccp_splitting {
    cvr_ccp *ccp;
    cvr_mat U, Trial; /* d x C: the weights, those of the inner iterations */
    double *F, *now;  /* of each output at U, at Trial */
    double *moved;    /* by the step of the intercepts, then how far F fell by it */
    int64_t *waited;  /* inner iterations of each output since its F fell */
} cvr_ccp_splitting;

/* What a splitting algorithm does: an iteration, whose weights are U; and, multipliers as
   they are, a move of the intercept of output c in all it keeps. */
typedef struct cvr_ccp_moves {
    cvr_status (*iterate)(void *state, cvr_mat U);
    void (*translate)(void *state, int64_t c, double by);
} cvr_ccp_moves;

cvr_status cvr_ccp_splitting_new(cvr_ccp *ccp, cvr_ccp_splitting *s) CVR_MUST_CHECK;
void cvr_ccp_splitting_free(cvr_ccp_splitting *s);
void cvr_ccp_splitting_serialize(cvr_ccp_splitting *s, cvr_archive *k);
/* Majorises at U, which becomes the weights. */
cvr_status cvr_ccp_splitting_start(cvr_ccp_splitting *s, cvr_mat U) CVR_MUST_CHECK;
/* Inner iterations until F of an output is no more than before: the weights of all such
   outputs are then those of the iterations, and the majorisers touch there. The others
   keep theirs. Then a step of the offsets, if there are any. state: begins with s. */
cvr_status cvr_ccp_splitting_step(cvr_ccp_splitting *s, const cvr_ccp_moves *moves,
                                  bool *stalled) CVR_MUST_CHECK;

/* Functions of an algorithm whose state begins with its cvr_ccp_splitting. */
const double *cvr_ccp_splitting_objectives(void *state);
cvr_mat cvr_ccp_splitting_weights(void *state);

#endif
