/* Rows of data of either kind, and products with them in double, as sparse.h has them: a
   row of W (k x d) are weights of the columns, a row of Z (k x n) what they make of the
   rows. */
#ifndef CVR_LINALG_ROWS_H
#define CVR_LINALG_ROWS_H

#include "linalg/sparse.h"

/* A view. */
typedef struct cvr_rows {
    cvr_mat X;    /* n x d; not read when S is there */
    cvr_sparse S; /* the same, sparse */
    int64_t n, d;
} cvr_rows;

static inline cvr_rows cvr_rows_of(cvr_mat X, cvr_sparse S)
{
    return S.start ? (cvr_rows){X, S, S.rows, S.cols} : (cvr_rows){X, S, X.rows, X.cols};
}

/* Z (k x n) = W X'. Fails for want of memory only, as all of these. */
cvr_status cvr_rows_times(cvr_mat Z, cvr_mat W, const cvr_rows *R) CVR_MUST_CHECK;
/* W (k x d) = Z X. */
cvr_status cvr_rows_gather(cvr_mat W, cvr_mat Z, const cvr_rows *R) CVR_MUST_CHECK;
/* r_i = |x_i|, in X's type: n x 1. */
cvr_status cvr_row_lengths(cvr_mat r, cvr_mat X) CVR_MUST_CHECK;
/* K (n x n) = X X', the lower triangle. */
cvr_status cvr_rows_gram(cvr_mat K, const cvr_rows *R) CVR_MUST_CHECK;

#endif
