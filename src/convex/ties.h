/* Rows on the boundary of a gate: h'x + g = 0 to rounding. On which side they are depends
   on the order of additions, so no gate that is drawn keeps any. */
#ifndef CVR_CONVEX_TIES_H
#define CVR_CONVEX_TIES_H

#include "solver/method.h"

typedef struct cvr_ties {
    cvr_comm *comm;
    cvr_mat r;      /* own rows x 1: |x_i| */
    double largest; /* |x_i| of all rows */
    cvr_mat B, N;   /* k x 2: |h_j|, |g_j|; 3 x k: see cvr_gate_ties */
    double *near;   /* 2 k: the distances to the nearest rows off the boundary, below and
                       above; infinity: there is none. Of all rows. */
    double *on;     /* k: rows on it, of all processes */
} cvr_ties;

/* For batches of at most k gates on rows X (own rows x d, without a column of ones); {0}:
   on the features of the data. */
cvr_status cvr_ties_new(const cvr_problem *problem, cvr_mat X, int64_t k,
                        cvr_ties *t) CVR_MUST_CHECK;
void cvr_ties_free(cvr_ties *t);

/* Fills near and on for margins Z = X h + 1 g (own rows x k) of gates h (d x k) with
   thresholds g (1 x k, or nothing: {0}). */
cvr_status cvr_ties_find(cvr_ties *t, cvr_mat Z, cvr_mat h, cvr_mat g) CVR_MUST_CHECK;

/* Moves each threshold with rows on it halfway to the nearest row below, or above when
   there is none, and the margins with it. The new one has so few digits that the rounding
   of Z does not reach them. */
cvr_status cvr_ties_part(cvr_ties *t, cvr_mat Z, cvr_mat h, cvr_mat g) CVR_MUST_CHECK;

#endif
