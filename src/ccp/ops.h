/* The operations of the ccp family, on matrices of any backend (linalg/ops.h). */
#ifndef CVR_CCP_OPS_H
#define CVR_CCP_OPS_H

#include "linalg/backend.h"
#include "linalg/ops.h"

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
/* a_ij = a_ij p_j where a_ij > 0, a_ij q_j elsewhere; p, q: cols x 1. */
void cvr_scale_signs(cvr_mat A, cvr_mat p, cvr_mat q);

/* The tables of backends, made from operations.def. */
typedef struct cvr_ccp_kernels {
#define OP(A, name, parameters, operands, fits) void(*name) parameters;
#define VALUE(result, A, name, parameters, operands, fits) result(*name) parameters;
#include "ccp/operations.def"
#undef OP
#undef VALUE
} cvr_ccp_kernels;

/* The backend's table for a type; NULL: it has none. */
const cvr_ccp_kernels *cvr_ccp_kernels_of(const cvr_backend *device, cvr_type type);

/* The processor's, which ops.c chooses of. */
extern const cvr_ccp_kernels cvr_ccp_kernels_double_plain, cvr_ccp_kernels_single_plain;
extern const cvr_ccp_kernels cvr_ccp_kernels_double_avx2, cvr_ccp_kernels_single_avx2;

#endif
