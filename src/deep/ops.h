/* The operations of the deep family, on matrices of any backend (linalg/ops.h). */
#ifndef CVR_DEEP_OPS_H
#define CVR_DEEP_OPS_H

#include "linalg/backend.h"
#include "linalg/ops.h"

/* z = argmin g (a - max(z, 0))^2 + b (z - m)^2, the better of its two branches: with
   kappa = sqrt(1 + g / b) - 1,  z = m > -kappa max(a, 0) ? max(0, (g a + b m) / (g + b))
   : m. Z may be A. */
void cvr_relu_prox(cvr_mat Z, cvr_mat A, cvr_mat M, double g, double b);
/* The same with a = max(m, 0) + e, where Z holds e: what e adds to an activation. */
void cvr_relu_pull(cvr_mat Z, cvr_mat M, double g, double b);
/* z = argmin (z - m)^2 with |a - max(z, 0)| <= t, for a >= -t: min(m, a + t), and at
   least a - t where that is above 0. Z may be A or M. */
void cvr_relu_tube(cvr_mat Z, cvr_mat A, cvr_mat M, double t);

/* The tables of backends, made from operations.def. */
typedef struct cvr_deep_kernels {
#define OP(A, name, parameters, operands, fits) void(*name) parameters;
#define VALUE(result, A, name, parameters, operands, fits) result(*name) parameters;
#include "deep/operations.def"
#undef OP
#undef VALUE
} cvr_deep_kernels;

/* The backend's table for a type; NULL: it has none. */
const cvr_deep_kernels *cvr_deep_kernels_of(const cvr_backend *device, cvr_type type);

/* The processor's, which ops.c chooses of. */
extern const cvr_deep_kernels cvr_deep_kernels_double_plain,
    cvr_deep_kernels_single_plain;
extern const cvr_deep_kernels cvr_deep_kernels_double_avx2, cvr_deep_kernels_single_avx2;

#endif
