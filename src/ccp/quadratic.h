/* Rows on the quadratic side of their terms, and the lasso on their sums: whole
   algorithms, on the processor. */
#ifndef CVR_CCP_QUADRATIC_H
#define CVR_CCP_QUADRATIC_H

#include "linalg/backend.h"
#include "linalg/ops.h"

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

/* How the processor does them, in one type. */
typedef struct cvr_ccp_algorithms {
#define OP(A, name, parameters, operands, fits) void(*name) parameters;
#define VALUE(result, A, name, parameters, operands, fits) result(*name) parameters;
#include "ccp/algorithms.def"
#undef OP
#undef VALUE
} cvr_ccp_algorithms;

/* The processor's; of another backend those that it has where the processor reads its
   memory, else NULL. */
const cvr_ccp_algorithms *cvr_ccp_algorithms_of(const cvr_backend *device, cvr_type type);

extern const cvr_ccp_algorithms cvr_ccp_algorithms_double_plain,
    cvr_ccp_algorithms_single_plain, cvr_ccp_algorithms_double_avx2,
    cvr_ccp_algorithms_single_avx2;

#endif
