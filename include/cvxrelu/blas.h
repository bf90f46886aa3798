/* OpenBLAS: the kernels that it has taken for this processor, and whether it is right. */
#ifndef CVXRELU_BLAS_H
#define CVXRELU_BLAS_H

#include <stdbool.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kernels that this processor runs several times faster, where OpenBLAS does not know it
   and has taken others, as OpenBLAS 0.3.21 does on Intel's of 2022 and later; NULL: there
   are none, or OPENBLAS_CORETYPE names the user's choice. The library never changes them:
   set OPENBLAS_CORETYPE to this name before the program starts. */
CVR_API const char *cvr_blas_better(void);

/* Compares what the library asks of BLAS and LAPACK with plain loops, in both precisions,
   with the threads that BLAS has now: a few products in less than a millisecond, or
   (thorough) each routine at sizes around its blocks in a second or two. CVR_NUMERICAL
   says which is wrong. */
CVR_API cvr_status cvr_blas_check(bool thorough) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
