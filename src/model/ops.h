/* The operations of losses and kernels, on matrices of any backend (linalg/ops.h). */
#ifndef CVR_MODEL_OPS_H
#define CVR_MODEL_OPS_H

#include "linalg/backend.h"
#include "linalg/ops.h"

/* The most columns that the softmax takes. */
enum { CVR_SOFTMAX_COLUMNS = 1000 };

/* z = argmin hinge(z, y) + (z - v)^2 / (2 t), where Z holds v. hinge(z, y) = (y - z)_+
   where y > 1/2 and (z - y)_+ elsewhere: the kink lies at the label. */
void cvr_hinge_prox(cvr_mat Z, cvr_mat Y, double t);
double cvr_hinge_loss(cvr_mat Z, cvr_mat Y); /* sum_ij hinge(z_ij, y_ij) */
/* Each row z = argmin log sum_j exp(z_j) - y'z + b |z - v|^2, where Z holds v; by damped
   Newton steps. */
void cvr_softmax_prox(cvr_mat Z, cvr_mat Y, double b);
/* sum over rows of log sum_j exp(z_j) - y'z */
double cvr_softmax_loss(cvr_mat Z, cvr_mat Y);

/* K holds x_i'z_j, u_i = |x_i|^2 (rows x 1), v_j = |z_j|^2 (cols x 1). With g = k_ij + c,
   N = sqrt((u_i + c) (v_j + c)) and the angle t = arccos(g / N), K becomes w_g K_gated +
   w_r K_relu,

       K_gated = g (pi - t) / (2 pi)                        K_relu = (N sin t + (pi - t)
   g) / (2 pi)

   the means over Gaussian gates h of 1[h'x >= 0] 1[h'z >= 0] x'z and of relu(h'x)
   relu(h'z), x and z with sqrt(c) appended (Cho and Saul 2009). */
void cvr_arc_cosine(cvr_mat K, cvr_mat u, cvr_mat v, double c, double w_g, double w_r);

/* The tables of backends, made from operations.def. */
typedef struct cvr_model_kernels {
#define OP(A, name, parameters, operands, fits) void(*name) parameters;
#define VALUE(result, A, name, parameters, operands, fits) result(*name) parameters;
#include "model/operations.def"
#undef OP
#undef VALUE
} cvr_model_kernels;

/* The backend's table for a type; NULL: it has none. */
const cvr_model_kernels *cvr_model_kernels_of(const cvr_backend *device, cvr_type type);

/* The processor's, which ops.c chooses of. */
extern const cvr_model_kernels cvr_model_kernels_double_plain,
    cvr_model_kernels_single_plain;
extern const cvr_model_kernels cvr_model_kernels_double_avx2,
    cvr_model_kernels_single_avx2;

#endif
