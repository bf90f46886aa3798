/* From start to start: the best weights of several, then the polishing of them. */
#ifndef CVR_CCP_SEARCH_H
#define CVR_CCP_SEARCH_H

#include "ccp/ccp.h"
#include "solver/units.h"

/* Kinds of starts, in their order. */
enum {
    CVR_FROM_BEST,
    CVR_FROM_ZERO,
    CVR_FROM_FIT,
    CVR_FROM_AXES,
    CVR_FROM_RANDOM,
    CVR_KINDS
};

/* Where fits begin, with offsets. */
enum { CVR_LEVELS = 4 };

/* What the method is doing. */
typedef enum cvr_search_stage {
    CVR_SEARCHING,
    CVR_POLISHING,
    CVR_SEARCHED
} cvr_search_stage;

typedef struct cvr_search {
    cvr_ccp ccp;
    const cvr_ccp_algorithm *algorithm; /* of the search */
    void *state, *polisher;             /* polisher: the state of `graph' */
    cvr_mat Best, Start, Axes, F;       /* d x C, d x C, d x C; own rows x C: X U */
    cvr_mat B;                          /* C x 1: offsets of the model */
    double *best;                       /* F of each output at Best */
    double *best_b;                     /* C: the offsets there; NULL: none */
    double *levels; /* CVR_LEVELS each output: the least target, the mean of those below
                       the mean, the mean, the mean of those above; NULL likewise */
    cvr_units units;
    int64_t fits; /* starts of that kind in all */
    bool still;   /* the last step of the polishing has hardly lowered F */
    double size2; /* |Y|^2 */
    double lambda0, lambda, objective; /* objective: at the present weights */
    double zero_from;                  /* the lambda from which U = 0 is proved */
    int64_t zero_rows;                 /* of all processes */
    int64_t left[CVR_KINDS];           /* starts of each kind to come */
    int64_t starts, outer, most;       /* starts so far; majorisers of this one */
    int64_t restarts;
    bool zero;                /* proved: U = 0, but for the intercept */
    bool several, axes_tried; /* starts */
    cvr_search_stage stage;
    cvr_graph_bounds bounds;
    double primal, dual; /* relative residuals of the polishing */
} cvr_search;

/* The weights of the algorithm that runs: those of the search, of the polishing, or Best.
 */
cvr_mat cvr_search_at_hand(const cvr_search *s);
/* F of each output at U (d x C), and s->F = X U; collective. */
cvr_status cvr_search_evaluate(cvr_search *s, cvr_mat U, double *F) CVR_MUST_CHECK;
double cvr_search_total(const cvr_search *s, const double *F); /* sum over outputs */
/* Begins the next start, or the polishing; collective. */
cvr_status cvr_search_go_on(cvr_search *s) CVR_MUST_CHECK;
/* What the tolerance asks of the polishing is there. */
bool cvr_search_solved(const cvr_search *s);
/* One outer iteration; collective. */
cvr_status cvr_search_step(cvr_search *s) CVR_MUST_CHECK;

/* All that a later step depends on; restoring remakes the factor. */
cvr_status cvr_multistart_serialize(cvr_search *s, cvr_archive *k) CVR_MUST_CHECK;

#endif
