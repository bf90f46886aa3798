/* Kernels: what a kernel model (cvr_machine of model.h) sums up, tile by tile.

       k(x, z) = sum over parts of weight k_part(x, z)

   A part looks at its own columns of x and z. What it needs of a set of rows besides
   their inner products (squared norms, sides of gates) is made once a set. */
#ifndef CVR_MODEL_KERNEL_H
#define CVR_MODEL_KERNEL_H

#include <cvxrelu/model.h>

#include "base/fail.h"

/* Rows of all parts' columns, and what the parts need of them. */
typedef struct cvr_kernel_rows {
    const cvr_machine *machine;
    cvr_mat X;  /* n x F: the caller's */
    cvr_mat *u; /* a part: n x 1, |x|^2 of its columns; empty where it needs none */
    cvr_mat *S; /* a part: n x P, single, +-1: the side of each gate, and where they are
                   mirrored the first half of them again; empty: no gates */
    cvr_mat tile, row;    /* work: high x 2 n, n x 1 */
    cvr_mat same, agreed; /* work where there are gates: high x n, twice as wide where
                             they are mirrored; in single, in X's type */
} cvr_kernel_rows;

/* high: the most rows of a tile that has these rows as its columns; 0: only rows. */
cvr_status cvr_kernel_rows_new(const cvr_machine *machine, cvr_mat X, int64_t high,
                               cvr_kernel_rows *r) CVR_MUST_CHECK;
void cvr_kernel_rows_free(cvr_kernel_rows *r);

/* K (k x z.X.rows) = k(x_i, z_j) for rows first .. first + k - 1 of x, of products that
   are verified. Works in z. */
cvr_status cvr_kernel_tile(const cvr_kernel_rows *x, int64_t first, cvr_kernel_rows *z,
                           cvr_mat K) CVR_MUST_CHECK;
/* The same with the rows from, from + 1, .. of z alone. */
cvr_status cvr_kernel_block(const cvr_kernel_rows *x, int64_t first, cvr_kernel_rows *z,
                            int64_t from, cvr_mat K) CVR_MUST_CHECK;
/* v (n x 1): k(x_i, x_i), without the rounding of angles near 0. */
cvr_status cvr_kernel_diagonal(cvr_kernel_rows *x, cvr_mat v) CVR_MUST_CHECK;

/* Zeroes; the parts are the caller's to fill in. */
cvr_status cvr_machine_new(cvr_type type, int64_t points, int64_t features, int parts,
                           cvr_machine *machine) CVR_MUST_CHECK;
cvr_status cvr_machine_copy(const cvr_machine *from, cvr_machine *to) CVR_MUST_CHECK;
/* What a kernel compares of the clipped rows X: *R = X V, made here and the caller's to
   free, or, without a V, nothing, and X itself. Returned in *view. */
cvr_status cvr_machine_reduce(const cvr_machine *machine, cvr_mat X, cvr_mat *R,
                              cvr_mat *view) CVR_MUST_CHECK;
void cvr_machine_free(cvr_machine *machine);

#endif
