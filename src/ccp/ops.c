/* The operations of this room: checks that operands fit, then the backend's kernel. */
#include "ccp/ops.h"

#define OPERATIONS "ccp/operations.def"
#define KERNELS cvr_ccp_kernels

const cvr_ccp_kernels *cvr_ccp_kernels_of(const cvr_backend *device, cvr_type type)
{
    static const void *const own[2][2] = {
        {&cvr_ccp_kernels_double_plain, &cvr_ccp_kernels_single_plain},
        {&cvr_ccp_kernels_double_avx2, &cvr_ccp_kernels_single_avx2}};
    return cvr_family_kernels(device, type, "ccp", own);
}

static const cvr_ccp_kernels *kernels(cvr_mat A)
{
    return cvr_ccp_kernels_of(A.device, A.type);
}

#include "linalg/dispatch.inc"
