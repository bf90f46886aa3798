/* Rows that stay sparse: what the files of this room do otherwise for them. */
#ifndef CVR_DATA_SPARSE_H
#define CVR_DATA_SPARSE_H

#include "data/dataset.h"
#include "linalg/rows.h"

/* Whether this number of entries in rows x cols is better kept as it is than with the
   zeroes: at most a tenth of a matrix that is large. It does not depend on the precision,
   nor on how many processes there are. */
bool cvr_stay_sparse(int64_t rows, int64_t cols, int64_t entries);

/* Entries in the rows that are chosen (NULL: in all). */
int64_t cvr_sparse_count(const cvr_sparse *S, const bool *chosen);
/* The chosen rows of A go to B, which has room for them; the others close up. */
void cvr_sparse_split(cvr_sparse *A, const bool *chosen, cvr_sparse *B);
/* B = A, B of the same shape and number of entries. */
void cvr_sparse_copy(cvr_sparse *B, const cvr_sparse *A);

/* Of the own rows, by their weights: mean[j] += sum of column j; range[2 j],
   range[2 j + 1] = the largest entry and the largest negated one; zeroes count. */
cvr_status cvr_sparse_sums(const cvr_dataset *data, double *mean,
                           double *range) CVR_MUST_CHECK;
/* square[j] += sum over own rows of omega_i (x_ij - mean[j])^2. */
cvr_status cvr_sparse_squares(const cvr_dataset *data, const double *mean,
                              double *square) CVR_MUST_CHECK;
/* Column j times scale[j] (cols x 1, double). */
void cvr_sparse_scale(cvr_sparse *S, cvr_mat scale);

/* What sparse rows lack of prepared ones: x_ij = s_ij - offset of column j. */
double cvr_sparse_offset(const cvr_dataset *data, int64_t j);
/* The rows as a new X; dense rows are not asked for. */
cvr_status cvr_sparse_to_dense(const cvr_dataset *data, cvr_mat *X) CVR_MUST_CHECK;
/* The first `features` entries of own row i, all of them but a one. */
void cvr_dataset_row(const cvr_dataset *data, int64_t i, int64_t features, double *x);

#endif
