/* Algorithms on the host: operands that lie elsewhere are brought there for a while. */
#include "ccp/quadratic.h"

#define OPERATIONS "ccp/algorithms.def"
#define KERNELS cvr_ccp_algorithms

const cvr_ccp_algorithms *cvr_ccp_algorithms_of(const cvr_backend *device, cvr_type type)
{
    static const void *const own[2][2] = {
        {&cvr_ccp_algorithms_double_plain, &cvr_ccp_algorithms_single_plain},
        {&cvr_ccp_algorithms_double_avx2, &cvr_ccp_algorithms_single_avx2}};
    return cvr_family_kernels(device, type, "algorithms of ccp", own);
}

static const cvr_ccp_algorithms *kernels(cvr_mat A)
{
    return cvr_ccp_algorithms_of(A.device, A.type);
}

#include "linalg/dispatch.inc"
