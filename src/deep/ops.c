/* The operations of this room: checks that operands fit, then the backend's kernel. */
#include "deep/ops.h"

#define OPERATIONS "deep/operations.def"
#define KERNELS cvr_deep_kernels

const cvr_deep_kernels *cvr_deep_kernels_of(const cvr_backend *device, cvr_type type)
{
    static const void *const own[2][2] = {
        {&cvr_deep_kernels_double_plain, &cvr_deep_kernels_single_plain},
        {&cvr_deep_kernels_double_avx2, &cvr_deep_kernels_single_avx2}};
    return cvr_family_kernels(device, type, "deep", own);
}

static const cvr_deep_kernels *kernels(cvr_mat A)
{
    return cvr_deep_kernels_of(A.device, A.type);
}

#include "linalg/dispatch.inc"
