/* Algorithms on the host: operands that lie elsewhere are brought there for a while. */
#include "ccp/quadratic.h"

#include "linalg/backend.h"

#define OPERATIONS "ccp/algorithms.def"
#define KERNELS cvr_ccp_algorithms

static const cvr_ccp_algorithms *kernels(cvr_mat A)
{
    static const cvr_ccp_algorithms *const own[2][2] = {
        {&cvr_ccp_algorithms_double_plain, &cvr_ccp_algorithms_single_plain},
        {&cvr_ccp_algorithms_double_avx2, &cvr_ccp_algorithms_single_avx2}};
    return A.device->host ? own[A.device->variant][A.type] : NULL;
}

#include "linalg/dispatch.inc"
