/* Graph-form ADMM for L1 (or l0, or masked) regression through a ReLU link, all outputs
   at once:

       minimise  sum_pc f_pc(w_pc) + g(V)   subject to  W = X U,  V = U

   with f_pc(w) = (max(w, z_pc) - y_pc)^2 of terms.h (the convex majoriser at the last
   point, or the full square everywhere) and g an L1 norm, a number of entries or a mask.
   An iteration is two products with X, one d x C sum over the processes and a solve with
   the Cholesky factor of X'X + kappa I, which is formed once and may serve many problems
   with the same X (a path of penalties, all outputs of a layer).

   Inside, the columns of X are scaled to RMS 1 (lambda_j = lambda / scale_j keeps the
   problem the same, and l0 compares entries in that scale); every matrix that goes in or
   comes out is in the user's units. */
#ifndef CVR_CCP_GRAPH_H
#define CVR_CCP_GRAPH_H

#include <cvxrelu/comm.h>

#include "base/fail.h"

/* X'X over all processes, in columns of RMS 1, and the factor that the u-step solves
   with. */
typedef struct cvr_graph_factor {
    cvr_mat scale;   /* d x 1: RMS of a column, 1 for a column of zeroes */
    cvr_mat unscale; /* d x 1: 1 / scale */
    cvr_mat G;       /* d x d, lower triangle: S^{-1} X'X S^{-1} */
    cvr_mat L;       /* d x d: L L' = G + kappa I */
    double kappa;    /* 0.1 trace(G) / d */
    int64_t rows;    /* of all processes */
    cvr_comm *comm;
} cvr_graph_factor;

/* Collective. X: own rows x d, not kept. The caller frees f, after the problems that use
   it. */
cvr_status cvr_graph_factor_new(cvr_mat X, cvr_comm *comm,
                                cvr_graph_factor *f) CVR_MUST_CHECK;
void cvr_graph_factor_free(cvr_graph_factor *f); /* leaves {0}; takes {0} */

typedef enum cvr_graph_penalty {
    CVR_GRAPH_L1,          /* lambda |V|_1 */
    CVR_GRAPH_KEEP_OUTPUT, /* at most `keep' entries in each column of V */
    CVR_GRAPH_KEEP_ALL,    /* at most `keep' entries in the whole of V */
    CVR_GRAPH_MASK         /* v = 0 where the mask is 0 */
} cvr_graph_penalty;

/* What is to be solved; the matrices stay the caller's and outlive the solver. */
typedef struct cvr_graph_problem {
    cvr_mat X, Y;      /* own rows x d, own rows x C */
    bool relu;         /* (max(w, 0) - y)^2, majorised; false: (w - y)^2 */
    int64_t intercept; /* this column of X is ones: neither penalised, counted nor
                          masked; -1: none */
    cvr_graph_penalty penalty;
    double lambda; /* of L1, in the user's units */
    int64_t keep;  /* entries, without those of the intercept */
    cvr_mat mask;  /* d x C, 0 or 1; {0} unless penalty is MASK */
} cvr_graph_problem;

/* Figures of the convex problem that the last majoriser poses (penalty L1 only). */
typedef struct cvr_graph_bounds {
    double upper, lower; /* its value at V, and a lower bound of it (NaN: lambda = 0) */
    double gap;          /* (upper - lower) / upper; NaN: lambda = 0 */
} cvr_graph_bounds;

typedef struct cvr_graph {
    cvr_graph_problem problem;
    const cvr_graph_factor *factor;
    cvr_mat U, V, M;   /* d x C, scaled: the u-step, its sparse copy, v + multiplier */
    cvr_mat lambda;    /* d x 1: lambda / scale, 0 at the intercept */
    cvr_mat A, W, R;   /* own rows x C: X U, then the u-step's target; prox; its argument
                        */
    cvr_mat K;         /* own rows x C: the kinks z */
    double rho, relax; /* 1, 1.6 */
    double primal2, dual2, of2; /* |W - XU|^2 + ..., |V - V_old|^2, |W|^2 of the last step
                                 */
} cvr_graph;

/* Takes all memory: 4 own rows x C, 3 d x C. Every process calls it; the caller frees.
   The start is U = 0. */
cvr_status cvr_graph_new(const cvr_graph_problem *problem, const cvr_graph_factor *factor,
                         cvr_graph *g) CVR_MUST_CHECK;
void cvr_graph_free(cvr_graph *g); /* leaves {0}; takes {0} */

/* Begins at U (d x C, the user's units): V = U, majorisers touch at X U, no multipliers
   but the gradients there. */
void cvr_graph_start(cvr_graph *g, cvr_mat U);
/* New majorisers, touching at X V; multipliers stay warm. */
void cvr_graph_majorise(cvr_graph *g);
/* One iteration; collective. */
cvr_status cvr_graph_step(cvr_graph *g) CVR_MUST_CHECK;
/* Iterations from where it stands until relative residuals are below tolerance, at most
   `most'; majorisers are renewed every `every' (0: never). Collective. */
cvr_status cvr_graph_solve(cvr_graph *g, int64_t most, int64_t every,
                           double tolerance) CVR_MUST_CHECK;
/* Upper and lower bound of the convex problem; collective. Changes A only, and the next
   step does not read it. */
cvr_status cvr_graph_gap(cvr_graph *g, cvr_graph_bounds *bounds) CVR_MUST_CHECK;

/* Changes the penalty, staying warm. */
void cvr_graph_set_lambda(cvr_graph *g, double lambda);
void cvr_graph_set_keep(cvr_graph *g, int64_t keep);

/* U (d x C) = V in the user's units: sparse, exactly 0 where the penalty makes it so. */
void cvr_graph_weights(const cvr_graph *g, cvr_mat U);
/* F = lambda |U|_1 (L1 only, without the intercept) + sum (max(XU, 0) - Y)^2, or with
   relu = false sum (XU - Y)^2, at any U (d x C, the user's units); collective. Changes A
   only. */
cvr_status cvr_graph_objective(cvr_graph *g, cvr_mat U, double *F) CVR_MUST_CHECK;

/* The least lambda at which the penalised weights are known to be zero. relu: max over
   outputs and penalised j of max(2 sum y_p (x_pj)_+, 2 sum y_p (x_pj)_-) over y_p > 0,
   which certifies U = 0 when there is no intercept; else max |2 x_j'(y - mean y)|.
   work: own rows x C. Collective. */
cvr_status cvr_graph_lambda0(const cvr_graph_problem *problem, cvr_comm *comm,
                             cvr_mat work, double *lambda0) CVR_MUST_CHECK;

#endif
