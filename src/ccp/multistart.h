/* From start to start: the best weights of several, then the polishing of them. */
#ifndef CVR_CCP_MULTISTART_H
#define CVR_CCP_MULTISTART_H

#include "ccp/algorithm.h"
#include "ccp/bounds.h"
#include "solver/units.h"

/* Kinds of starts, in their order. */
enum {
    CVR_START_BEST,
    CVR_START_ZERO,
    CVR_START_LEAST_SQUARES,
    CVR_START_COORDINATE, /* along the axis that defines lambda_max */
    CVR_START_RANDOM,
    CVR_START_KINDS
};

/* With offsets, an output has a least-squares start at each of its levels: the least
   target, the mean of those below the mean, the mean, the mean of those above. */
enum { CVR_LEVELS = 4 };

typedef enum cvr_multistart_stage {
    CVR_SEARCHING,
    CVR_POLISHING,
    CVR_FINISHED
} cvr_multistart_stage;

typedef struct cvr_multistart {
    cvr_ccp ccp;
    const cvr_ccp_algorithm *algorithm; /* of the search */
    cvr_ccp_descent *search, *polisher; /* its state, that of `graph' */
    cvr_mat Best, Start, Coordinate, F; /* d x C three times; own rows x C: X U */
    cvr_mat B;                          /* C x 1: offsets of the model */
    cvr_units units;                    /* of the targets: offsets begin at the means */
    double *best;                       /* C: F of each output at Best */
    double *best_b;                     /* C: the offsets there; NULL: none */
    double *levels;                     /* CVR_LEVELS each output; NULL likewise */
    int64_t fits;                       /* least-squares starts in all */
    bool settled; /* the last step of the polishing hardly lowered F */
    double size2; /* |Y|^2 */
    double lambda_max, lambda, objective; /* objective: at the present weights */
    double zero_from;                     /* the lambda from which U = 0 is proved */
    int64_t zero_rows;                    /* of all processes */
    int64_t left[CVR_START_KINDS];        /* starts of each kind to come */
    int64_t starts, outer, most;          /* starts so far; majorisers of this one */
    int64_t restarts;
    bool zero;                      /* proved: U = 0, but for the intercept */
    bool several, coordinate_tried; /* starts */
    int64_t stage;
    cvr_graph_bounds bounds;
    double primal, dual; /* relative residuals of the polishing */
    double tolerance;    /* as a checkpoint has it */
} cvr_multistart;

/* What runs: the search, the polishing; NULL: neither. */
const cvr_ccp_descent *cvr_multistart_current(const cvr_multistart *s);
/* F of each output at U (d x C) with the best offsets, and s->F = X U; collective. */
cvr_status cvr_multistart_evaluate(cvr_multistart *s, cvr_mat U,
                                   double *F) CVR_MUST_CHECK;
double cvr_multistart_total(const cvr_multistart *s, const double *F); /* over outputs */
/* Begins the next start, or the polishing; collective. */
cvr_status cvr_multistart_next(cvr_multistart *s) CVR_MUST_CHECK;
/* What the tolerance asks of the polishing is there. */
bool cvr_multistart_converged(const cvr_multistart *s);
/* One outer iteration; collective. */
cvr_status cvr_multistart_step(cvr_multistart *s) CVR_MUST_CHECK;

/* For the method, whose state is a cvr_multistart: the matrices of all, and what a later
   step depends on. */
cvr_status cvr_multistart_lay_out(void *state, cvr_workspace *w) CVR_MUST_CHECK;
/* What follows from a restored list; collective. */
cvr_status cvr_multistart_restored(void *state) CVR_MUST_CHECK;

#endif
