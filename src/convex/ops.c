/* The operations of this room: checks that operands fit, then the backend's kernel. */
#include "convex/ops.h"

#define OPERATIONS "convex/operations.def"
#define KERNELS cvr_convex_kernels

const cvr_convex_kernels *cvr_convex_kernels_of(const cvr_backend *device, cvr_type type)
{
    static const void *const own[2][2] = {
        {&cvr_convex_kernels_double_plain, &cvr_convex_kernels_single_plain},
        {&cvr_convex_kernels_double_avx2, &cvr_convex_kernels_single_avx2}};
    return cvr_family_kernels(device, type, "convex", own);
}

static const cvr_convex_kernels *kernels(cvr_mat A)
{
    return cvr_convex_kernels_of(A.device, A.type);
}

#include "linalg/dispatch.inc"
