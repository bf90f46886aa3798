/* The operations of linear algebra, which every backend has to have where
   operations.def says so. */
#include "linalg/ops.h"

#include "linalg/backend.h"

#define OPERATIONS "linalg/operations.def"
#define KERNELS cvr_kernels

static const cvr_kernels *kernels(cvr_mat A)
{
    return A.device->of[A.type];
}

#include "linalg/dispatch.inc"
