/* The operations of this room: checks that operands fit, then the backend's kernel. */
#include "model/ops.h"

#define OPERATIONS "model/operations.def"
#define KERNELS cvr_model_kernels

const cvr_model_kernels *cvr_model_kernels_of(const cvr_backend *device, cvr_type type)
{
    static const void *const own[2][2] = {
        {&cvr_model_kernels_double_plain, &cvr_model_kernels_single_plain},
        {&cvr_model_kernels_double_avx2, &cvr_model_kernels_single_avx2}};
    return cvr_family_kernels(device, type, "model", own);
}

static const cvr_model_kernels *kernels(cvr_mat A)
{
    return cvr_model_kernels_of(A.device, A.type);
}

#include "linalg/dispatch.inc"
