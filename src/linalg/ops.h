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
void cvr_symmetrize(cvr_mat A);               /* upper triangle = lower triangle' */
void cvr_scale_rows(cvr_mat A, cvr_mat v);    /* A = diag(v) A, v: rows x 1 */
void cvr_scale_cols(cvr_mat A, cvr_mat v);    /* A = A diag(v), v: cols x 1 */
void cvr_add_row(cvr_mat A, cvr_mat v);       /* a_ij += v_j, v: cols x 1 */
void cvr_relu(cvr_mat A);                     /* A = max(A, 0) */
void cvr_relu_of(cvr_mat B, cvr_mat A);       /* B = max(A, 0) */
void cvr_square(cvr_mat B, cvr_mat A);        /* B = A o A */
void cvr_maximum(cvr_mat B, cvr_mat A);       /* B = max(A, B); NaN stays */
void cvr_square_root(cvr_mat A);              /* a = sqrt(max(a, 0)) */
void cvr_reciprocal(cvr_mat A, double floor); /* a = 1 / max(a, floor) */

/* With factors that stay where the matrices are (s: 1 x 1, v: cols x 1, doubles): */
void cvr_add_times(cvr_mat B, double c, cvr_mat s, cvr_mat A); /* B += c s A */
void cvr_times_add(cvr_mat B, cvr_mat s, cvr_mat A); /* B = A + s B; s = 0 reads no B */
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
    return (cvr_mat){count, 1, count, CVR_DOUBLE, cvr_cpu(), x};
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
/* W = W o (D D' ): W n x n, D's rows are W's rows and columns; the lower triangle. */
cvr_status cvr_gate_gram(cvr_mat W, cvr_mat D) CVR_MUST_CHECK;
/* Rows on the boundary of gate j: |z_ij| <= w_ij = t (r_i b_j1 + b_j2), w_ij > 0. Column
   j of N (3 x k): the largest z < -w, minus the smallest z > w (-inf: there is none), and
   how many rows are on it. Z: n x k, r: n x 1, B: k x 2. */
void cvr_gate_ties(cvr_mat N, cvr_mat Z, cvr_mat r, cvr_mat B, double t);

/* ---- the two proximal steps of the convex family ---------------------------------- */

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

/* ---- proximal steps of the deep family --------------------------------------------- */

/* The most columns that the softmax takes. */
enum { CVR_SOFTMAX_COLUMNS = 1000 };

/* z = argmin g (a - max(z, 0))^2 + b (z - m)^2, the better of its two branches: with
   kappa = sqrt(1 + g / b) - 1,  z = m > -kappa max(a, 0) ? max(0, (g a + b m) / (g + b))
   : m. Z may be A. */
void cvr_relu_prox(cvr_mat Z, cvr_mat A, cvr_mat M, double g, double b);
/* The same with a = max(m, 0) + e, where Z holds e: what e adds to an activation. */
void cvr_relu_pull(cvr_mat Z, cvr_mat M, double g, double b);
/* z = argmin hinge(z, y) + (z - v)^2 / (2 t), where Z holds v. hinge(z, y) = (y - z)_+
   where y > 1/2 and (z - y)_+ elsewhere: the kink lies at the label. */
void cvr_hinge_prox(cvr_mat Z, cvr_mat Y, double t);
double cvr_hinge_loss(cvr_mat Z, cvr_mat Y); /* sum_ij hinge(z_ij, y_ij) */
/* Each row z = argmin log sum_j exp(z_j) - y'z + b |z - v|^2, where Z holds v; by damped
   Newton steps. */
void cvr_softmax_prox(cvr_mat Z, cvr_mat Y, double b);
/* sum over rows of log sum_j exp(z_j) - y'z */
double cvr_softmax_loss(cvr_mat Z, cvr_mat Y);

/* ---- terms of the ccp family ------------------------------------------------------- */

/* A term is f(w) = (max(w, k) - y)^2 with a kink k >= y, or k = -inf for the whole
   square. The kinks K, targets Y and points Z, W, R, A, N are n x C. */

/* The convex majorisers of (max(w, 0) - y)^2 that touch it at z: k = 0 where y <= 0, else
   -inf where z >= -slack, else 2 y. */
void cvr_breakpoints(cvr_mat K, cvr_mat Z, cvr_mat Y, double slack);
/* Whole squares where y > 0, nothing (k = +inf) elsewhere. */
void cvr_breakpoints_positive(cvr_mat K, cvr_mat Y);
/* R = R + relax (A - W), W = prox_{f/rho}(R), A = 2 W - R with the prox r <= k ? r :
   max(k, (2 y + rho r) / (2 + rho)). Residuals: |A - W|^2, |W - W_old|^2 against
   max(|A|^2, |W|^2), |R - W|^2, A as it came. */
cvr_residual cvr_majorizer_step(cvr_mat R, cvr_mat W, cvr_mat A, cvr_mat Y, cvr_mat K,
                                double relax, double rho);
/* Consensus in scalars: r = R - s o a, w = the prox with rho / s at r, a = (w - r) / s; 0
   where s = 0. All n x 1. */
void cvr_consensus_step(cvr_mat a, cvr_mat s, cvr_mat R, cvr_mat Y, cvr_mat K,
                        double rho);
double cvr_majorizer_value(cvr_mat Z, cvr_mat Y, cvr_mat K); /* sum f(z) */
/* nu = f'(z): 2 (z - y) where z > k, else 0. */
void cvr_majorizer_slope(cvr_mat N, cvr_mat Z, cvr_mat Y, cvr_mat K);
/* nu = max(nu, 0) where there is a kink: the domain of f*. */
void cvr_project_dual(cvr_mat N, cvr_mat K);
/* sum f*(nu) for clipped nu: nu^2 / 4 + nu y without a kink, else
   nu k + (nu - 2 (k - y))_+^2 / 4 - (k - y)^2. K is finite or -inf. */
double cvr_majorizer_conjugate(cvr_mat N, cvr_mat Y, cvr_mat K);
/* sum (max(z + t p, 0) - y)^2; t = 0 never reads P. */
double cvr_relu_distance2(cvr_mat Z, cvr_mat P, double t, cvr_mat Y);
/* v_ij = sign(m_ij) max(|m_ij| - t_i, 0), t: rows x 1. */
void cvr_soft_threshold(cvr_mat V, cvr_mat M, cvr_mat t);
/* V = M with all but the `count' largest in size made 0; of equals the first stay. */
void cvr_hard_threshold(cvr_mat V, cvr_mat M, int64_t count);
int64_t cvr_count_nonzero(cvr_mat A);
void cvr_absolute(cvr_mat A); /* A = |A| */
/* a_ij = a_ij p_j where a_ij > 0, a_ij q_j elsewhere; p, q: cols x 1. */
void cvr_scale_signs(cvr_mat A, cvr_mat p, cvr_mat q);
void cvr_col_max_abs(cvr_mat v, cvr_mat A); /* v_j = max_i |a_ij|, v: cols x 1 */
/* The rows p with k_p = 1 are those that H = sum [x_p; y_p][x_p; y_p]' (lower triangle,
   d + 1 x d + 1) holds. Makes them those on the quadratic side at W, where w > 0, or y >
   0 and w >= -slack, adding and taking away only rows that change; returns how many. K,
   Y, W: n x 1, P: work of any rows x (d + 1). */
int64_t cvr_update_active_set(cvr_mat H, cvr_mat K, cvr_mat X, cvr_mat Y, cvr_mat W,
                              cvr_mat P, double slack);
/* u (d x 1) = argmin [u; -1]' H [u; -1] + sum t_j |u_j| from where u stands, by
   coordinate descent and exact solutions on its supports. H: lower triangle, the upper
   becomes the same; t: d x 1; W: d x (d + 3) in double, work. */
void cvr_lasso(cvr_mat u, cvr_mat H, cvr_mat t, cvr_mat W);

/* ---- kernels of infinitely many gates, probabilities ------------------------------- */

/* K holds x_i'z_j, u_i = |x_i|^2 (rows x 1), v_j = |z_j|^2 (cols x 1). With g = k_ij + c,
   N = sqrt((u_i + c) (v_j + c)) and the angle t = arccos(g / N), K becomes w_g K_gated +
   w_r K_relu,

       K_gated = g (pi - t) / (2 pi)                        K_relu = (N sin t + (pi - t)
   g) / (2 pi)

   the means over Gaussian gates h of 1[h'x >= 0] 1[h'z >= 0] x'z and of relu(h'x)
   relu(h'z), x and z with sqrt(c) appended (Cho and Saul 2009). */
void cvr_arc_cosine(cvr_mat K, cvr_mat u, cvr_mat v, double c, double w_g, double w_r);
void cvr_exponential(cvr_mat A, double c);          /* a = exp(c a) */
void cvr_clamp(cvr_mat A, double low, double high); /* NaN stays */
void cvr_softmax(cvr_mat A); /* each row becomes exp(a) / sum exp(a) */

/* ---- random numbers: the same at any process and thread count ---------------------- */

/* a_ij ~ N(0, 1), a function of (seed, purpose, first + i, j) alone. */
void cvr_random_normal(cvr_mat A, uint64_t seed, uint32_t purpose, int64_t first);

#endif
