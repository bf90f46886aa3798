/* The matrix of the u-step of graph-form ADMM, and its Cholesky factor. With Z = X S^{-1}
   the columns of X at RMS 1:

       Z'Z + kappa I = L L'                                      (d x d)

   With fewer rows N than columns nothing is d x d (Woodbury):

       (Z'Z + kappa I)^{-1} = ( I - Z' (Z Z' + kappa I)^{-1} Z ) / kappa,
       Z Z' + kappa I = L L'                                     (N x N) */
#ifndef CVR_CCP_FACTOR_H
#define CVR_CCP_FACTOR_H

#include <cvxrelu/comm.h>

#include "solver/workspace.h"

typedef struct cvr_graph_factor {
    cvr_comm *comm;
    cvr_mat X;    /* own rows x d: the caller's, which outlives this; of weighted
                     rows times sqrt(omega) */
    int64_t rows; /* N, of all processes */
    double total; /* the sum of their weights: N where there are none */
    cvr_mat scale,
        unscale; /* d x 1: RMS of a column, 1 for a column of zeroes; 1 / scale */
    cvr_mat L;
    cvr_mat Z, T; /* N < d: N x d, the rows of all processes; N x C, work */
    double kappa; /* 0.1 trace(Z'Z) / d */
    bool formed;  /* L is there */
    bool needed;  /* it has been asked for: a checkpoint says so */
} cvr_graph_factor;

void cvr_graph_factor_lay_out(cvr_graph_factor *f, int64_t outputs, cvr_workspace *w);
/* Scales and kappa. Collective. */
cvr_status cvr_graph_factor_scale(cvr_graph_factor *f) CVR_MUST_CHECK;
/* L, when it is not there. Collective. */
cvr_status cvr_graph_factor_form(cvr_graph_factor *f) CVR_MUST_CHECK;
/* U (d x C) = (Z'Z + kappa I)^{-1} U */
void cvr_graph_factor_solve(const cvr_graph_factor *f, cvr_mat U);

#endif
