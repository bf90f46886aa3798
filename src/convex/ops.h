/* The operations of the convex family, on matrices of any backend (linalg/ops.h). */
#ifndef CVR_CONVEX_OPS_H
#define CVR_CONVEX_OPS_H

#include "linalg/backend.h"
#include "linalg/ops.h"

/* W = W o (D D' ): W n x n, D's rows are W's rows and columns; the lower triangle. */
cvr_status cvr_gate_gram(cvr_mat W, cvr_mat D) CVR_MUST_CHECK;
/* Rows on the boundary of gate j: |z_ij| <= w_ij = t (r_i b_j1 + b_j2), w_ij > 0. Column
   j of N (3 x k): the largest z < -w, minus the smallest z > w (-inf: there is none), and
   how many rows are on it. Z: n x k, r: n x 1, B: k x 2. */
void cvr_gate_ties(cvr_mat N, cvr_mat Z, cvr_mat r, cvr_mat B, double t);

/* Group soft threshold. Column j belongs to group j mod groups (one group spans all
   outputs): v = max(0, 1 - t / |m|) m for each group, |m| over all its columns. */
void cvr_group_soft_threshold(cvr_mat V, cvr_mat M, int64_t groups, double t);
/* s_k = |group k|, also where squares leave the range of numbers. s: groups x 1. */
void cvr_put_group_norms(cvr_mat s, cvr_mat A, int64_t groups);
/* M holds v + l: v = shrink(M, t), l = M - v. One relaxed step with x = a U + (1 - a) V:
   M = x + l, V = shrink(M, t). s: the sums of cvr_residual_of, |U - V|^2, |V - V_old|^2,
   and of the two sizes |U|^2, |V|^2 and |l|^2. */
void cvr_put_shrink_step(cvr_mat s, cvr_mat M, cvr_mat V, cvr_mat U, int64_t groups,
                         double a, double t);
/* M holds s + nu with s = M_+ and nu = M_- (M_+ M_- = 0). One relaxed step with
   g = (2D - 1) o Z, x = a g + (1 - a) M_+:  M = x + M_-. The sums: |g - s|^2,
   |s - s_old|^2, |g|^2, |s|^2, |nu|^2. */
void cvr_put_cone_step(cvr_mat sums, cvr_mat M, cvr_mat D, cvr_mat Z, double a);

/* The same with the result on the host. */
static inline cvr_residual cvr_shrink_step(cvr_mat M, cvr_mat V, cvr_mat U,
                                           int64_t groups, double a, double t)
{
    double sums[5];
    cvr_put_shrink_step(cvr_host_numbers(sums, 5), M, V, U, groups, a, t);
    return cvr_residual_of(sums);
}

static inline cvr_residual cvr_cone_step(cvr_mat M, cvr_mat D, cvr_mat Z, double a)
{
    double sums[5];
    cvr_put_cone_step(cvr_host_numbers(sums, 5), M, D, Z, a);
    return cvr_residual_of(sums);
}
/* T = k (2D - 1) o |M|  (s - nu = |M|). */
void cvr_cone_target(cvr_mat T, cvr_mat D, cvr_mat M, double k);
/* M = M_+ + c M_-: rescales the multiplier that M holds. */
void cvr_cone_rescale(cvr_mat M, double c);
/* T = a T + k (2D - 1) o max(-M, 0): adds G-side multipliers mu = -nu. */
void cvr_cone_multiplier(cvr_mat T, cvr_mat D, cvr_mat M, double k, double a);
/* Q = max(Q, -(2D - 1) o Z): violations, when Q was 0. */
void cvr_cone_violation(cvr_mat Q, cvr_mat D, cvr_mat Z);
/* v_j = the least of (2D - 1) o Z in column j, v: cols x 1; +inf: no rows. */
void cvr_cone_slack(cvr_mat v, cvr_mat D, cvr_mat Z);
/* v_j = max over rows of max(0, -g_ij) / h_ij with g = (2D - 1) o Z and h = (2D - 1) o H
   (H: n x P, positive margins): how far column j must move along H's direction to enter
   its cone. v: cols x 1. */
void cvr_cone_distance(cvr_mat v, cvr_mat D, cvr_mat Z, cvr_mat H);

/* The tables of backends, made from operations.def. */
typedef struct cvr_convex_kernels {
#define OP(A, name, parameters, operands, fits) void(*name) parameters;
#define VALUE(result, A, name, parameters, operands, fits) result(*name) parameters;
#include "convex/operations.def"
#undef OP
#undef VALUE
} cvr_convex_kernels;

/* The backend's table for a type; NULL: it has none. */
const cvr_convex_kernels *cvr_convex_kernels_of(const cvr_backend *device, cvr_type type);

/* The processor's, which ops.c chooses of. */
extern const cvr_convex_kernels cvr_convex_kernels_double_plain,
    cvr_convex_kernels_single_plain;
extern const cvr_convex_kernels cvr_convex_kernels_double_avx2,
    cvr_convex_kernels_single_avx2;

#endif
