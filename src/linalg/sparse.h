/* Products with sparse rows. Their other operands are dense, in double, and lie the other
   way round: a row of W (k x d) are weights of the d columns, so that an entry of S meets
   k numbers that lie together. */
#ifndef CVR_LINALG_SPARSE_H
#define CVR_LINALG_SPARSE_H

#include <cvxrelu/sparse.h>

#include "base/fail.h"

/* Room for that many entries; all rows are empty. S is {0} when it fails. */
cvr_status cvr_sparse_new(cvr_type type, int64_t rows, int64_t cols, int64_t entries,
                          cvr_sparse *S) CVR_MUST_CHECK;
void cvr_sparse_free(cvr_sparse *S); /* leaves {0}; takes {0} */

static inline double cvr_sparse_get(const cvr_sparse *S, int64_t entry)
{
    return S->type == CVR_SINGLE ? (double)((const float *)S->value)[entry]
                                 : ((const double *)S->value)[entry];
}

static inline void cvr_sparse_set(cvr_sparse *S, int64_t entry, double value)
{
    if (S->type == CVR_SINGLE)
        ((float *)S->value)[entry] = (float)value;
    else
        ((double *)S->value)[entry] = value;
}

static inline int64_t cvr_sparse_entries(const cvr_sparse *S)
{
    return S->start ? S->start[S->rows] : 0;
}

/* Z (k x n) = W S' for W (k x d). */
void cvr_sparse_times(cvr_mat Z, cvr_mat W, const cvr_sparse *S);
/* W (k x d) = Z S for Z (k x n). */
void cvr_sparse_gather(cvr_mat W, cvr_mat Z, const cvr_sparse *S);
/* K (n x n) = S S', the lower triangle; entries above it are not touched. */
cvr_status cvr_sparse_gram(cvr_mat K, const cvr_sparse *S) CVR_MUST_CHECK;

#endif
