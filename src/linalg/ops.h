/* The operations that every solver is written in, on matrices of any backend.

   They take their result first and run in the type (single or double) that their operands
   share; sums that decide anything are taken in double. Shapes that do not fit are a
   defect of the caller and stop the program by an assertion; only calls that return a
   status can fail. What returns a number waits for the backend; cvr_put_... leaves it in
   s, a column of doubles, where the operands are (or on the host, which waits).
   X: n x d rows are examples. D: n x P, entries 0 or 1, a column a gate.

   Operations on gates read D cyclically: column j of a matrix with m P columns goes with
   column j mod P of D. So one call serves both signs and all outputs. */
#ifndef CVR_LINALG_OPS_H
#define CVR_LINALG_OPS_H

#include <cvxrelu/mat.h>

#include "linalg/cg_leaf.h"
#include "linalg/mat.h"
#include "linalg/residual.h"
#include "linalg/type.h"

/* Columns j .. j + cols - 1, a view. */
static inline cvr_mat cvr_mat_cols(cvr_mat A, int64_t j, int64_t cols)
{
    return cvr_mat_part(A, 0, j, A.rows, cols);
}

/* ---- entries --------------------------------------------------------------------- */

void cvr_fill(cvr_mat A, double value);
void cvr_transpose(cvr_mat B, cvr_mat A);                 /* B = A' */
void cvr_scale(cvr_mat A, double c);                      /* A = c A */
void cvr_axpby(cvr_mat B, double a, cvr_mat A, double b); /* B = a A + b B */
void cvr_hadamard(cvr_mat B, cvr_mat A);                  /* B = A o B */
void cvr_add_diag(cvr_mat A, double c);                   /* A = A + c I */
void cvr_symmetrize(cvr_mat A);                     /* upper triangle = lower triangle' */
void cvr_scale_rows(cvr_mat A, cvr_mat v);          /* A = diag(v) A, v: rows x 1 */
void cvr_scale_cols(cvr_mat A, cvr_mat v);          /* A = A diag(v), v: cols x 1 */
void cvr_add_row(cvr_mat A, cvr_mat v);             /* a_ij += v_j, v: cols x 1 */
void cvr_relu(cvr_mat A);                           /* A = max(A, 0) */
void cvr_relu_of(cvr_mat B, cvr_mat A);             /* B = max(A, 0) */
void cvr_square(cvr_mat B, cvr_mat A);              /* B = A o A */
void cvr_maximum(cvr_mat B, cvr_mat A);             /* B = max(A, B); NaN stays */
void cvr_square_root(cvr_mat A);                    /* a = sqrt(max(a, 0)) */
void cvr_reciprocal(cvr_mat A, double floor);       /* a = 1 / max(a, floor) */
void cvr_absolute(cvr_mat A);                       /* A = |A| */
void cvr_exponential(cvr_mat A, double c);          /* a = exp(c a) */
void cvr_clamp(cvr_mat A, double low, double high); /* NaN stays */
void cvr_softmax(cvr_mat A); /* each row becomes exp(a) / sum exp(a) */

/* With factors that stay where the matrices are (s: 1 x 1, v: cols x 1, doubles): */
void cvr_add_times(cvr_mat B, double c, cvr_mat s, cvr_mat A); /* B += c s A */
void cvr_times_add(cvr_mat B, cvr_mat s, cvr_mat A); /* B = A + s B; s = 0 reads no B */
void cvr_take_part(cvr_mat B, cvr_mat s, double n, cvr_mat A); /* B -= (s / n) A */
void cvr_add_scaled_cols(cvr_mat B, cvr_mat v,
                         cvr_mat A); /* b_j += v_j a_(j mod A.cols) */

/* ---- sums, in double ------------------------------------------------------------- */

void cvr_put_dot(cvr_mat s, cvr_mat A, cvr_mat B);       /* sum_ij a_ij b_ij */
void cvr_put_distance2(cvr_mat s, cvr_mat A, cvr_mat B); /* sum_ij (a_ij - b_ij)^2 */
void cvr_put_dots(cvr_mat s, cvr_mat A, cvr_mat B);      /* |A|^2, <A, B>, |B|^2 */
void cvr_put_min(cvr_mat s, cvr_mat A);     /* +inf when empty; NaN if any is */
void cvr_put_max_abs(cvr_mat s, cvr_mat A); /* 0 when empty; NaN if any is */

/* count doubles of the host, as a column. */
static inline cvr_mat cvr_host_numbers(double *x, int64_t count)
{
    cvr_mat A = {count, 1, count, CVR_DOUBLE, cvr_cpu(), x};
    return A;
}

static inline double cvr_dot(cvr_mat A, cvr_mat B)
{
    double sum;
    cvr_put_dot(cvr_host_numbers(&sum, 1), A, B);
    return sum;
}

static inline double cvr_distance2(cvr_mat A, cvr_mat B)
{
    double sum;
    cvr_put_distance2(cvr_host_numbers(&sum, 1), A, B);
    return sum;
}

static inline double cvr_min(cvr_mat A)
{
    double least;
    cvr_put_min(cvr_host_numbers(&least, 1), A);
    return least;
}

static inline double cvr_max_abs(cvr_mat A)
{
    double most;
    cvr_put_max_abs(cvr_host_numbers(&most, 1), A);
    return most;
}

/* v_j = a_j'x by plain loops in double, sizes: |a_j|'x with sizes of entries. v
   (cols x 1) and x (rows x 1) are in double, A is of either type. */
void cvr_plain_dots(cvr_mat v, cvr_mat A, cvr_mat x, bool sizes);
void cvr_col_sums(cvr_mat v, cvr_mat A);            /* v_j = sum_i a_ij, v: cols x 1 */
void cvr_col_norms(cvr_mat v, cvr_mat A);           /* v_j = |a_j|, v: cols x 1 */
void cvr_col_dots(cvr_mat v, cvr_mat A, cvr_mat B); /* v_j = a_j'b_j, v: cols x 1 */
bool cvr_all_finite(cvr_mat A);
int64_t cvr_count_nonzero(cvr_mat A);
void cvr_col_max_abs(cvr_mat v, cvr_mat A); /* v_j = max_i |a_ij|, v: cols x 1 */

/* ---- products and factors -------------------------------------------------------- */

/* C = a op(A) op(B) + b C; b = 0 never reads C. */
void cvr_gemm(cvr_mat C, double a, cvr_trans ta, cvr_mat A, cvr_trans tb, cvr_mat B,
              double b);
/* G = a A'A + b G (CVR_T) or a A A' + b G (CVR_N); the lower triangle only. */
void cvr_gram(cvr_mat G, double a, cvr_trans ta, cvr_mat A, double b);
/* A = L with L L' = A, from and in the lower triangle; CVR_NUMERICAL when A is not
   positive definite (the sentence names the pivot). */
cvr_status cvr_potrf(cvr_mat A) CVR_MUST_CHECK;
/* The same with the largest pivot first, until none is above tolerance times the largest
   entry of the diagonal (0: rounding's): row k of the factor belongs to row pivot[k] of
   A, a permutation, and columns 0 .. rank - 1 of A are the factor, what is above its
   diagonal 0. The rest of A is destroyed. CVR_NUMERICAL when A is not finite. */
cvr_status cvr_pstrf(cvr_mat A, double tolerance, int64_t *pivot,
                     int64_t *rank) CVR_MUST_CHECK;
void cvr_potrs(cvr_mat L, cvr_mat B);                   /* B = (L L')^{-1} B */
void cvr_trsm(cvr_mat L, cvr_trans t, cvr_mat B);       /* B = op(L)^{-1} B */
void cvr_trsm_right(cvr_mat B, cvr_mat L, cvr_trans t); /* B = B op(L)^{-1} */
/* A (m x k, m >= k) = Q with orthonormal columns spanning A's. */
cvr_status cvr_orthonormalise(cvr_mat A) CVR_MUST_CHECK;
/* A (m x k, m >= k) = U S V': A becomes U, s (k x 1) the singular values, falling. */
cvr_status cvr_svd(cvr_mat A, cvr_mat s) CVR_MUST_CHECK;
/* A (n x n, lower triangle) = Q diag(w) Q': A becomes Q, w (n x 1) rises. */
cvr_status cvr_eigh(cvr_mat A, cvr_mat w) CVR_MUST_CHECK;

/* ---- conjugate gradients: the scalars s (CVR_CG_NUMBERS x 1), cg_leaf.h ----------- */

void cvr_cg_judge(cvr_mat s, cvr_cg_rule rule);
void cvr_cg_length(cvr_mat s, double unit);

/* ---- gates: D (n x P) read cyclically --------------------------------------------- */

void cvr_gate(cvr_mat D, cvr_mat Z); /* d = 1 if z >= 0, else 0 */
/* y_c = sum_i D_i o z_{cP+i}: Y n x C, Z n x CP. With X U it is F u. */
void cvr_gated_sum(cvr_mat Y, cvr_mat D, cvr_mat Z);
/* z_{cP+i} = D_i o r_c: Z n x CP, R n x C. Adjoint of gated_sum. */
void cvr_gated_adjoint(cvr_mat Z, cvr_mat D, cvr_mat R);
/* ---- random numbers: the same at any process and thread count ---------------------- */

/* a_ij ~ N(0, 1), a function of (seed, purpose, first + i, j) alone. */
void cvr_random_normal(cvr_mat A, uint64_t seed, uint32_t purpose, int64_t first);

#endif
