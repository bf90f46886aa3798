/* The kernels in single precision. */
#define REAL float
#define OTHER double
#define blas(routine) cblas_s##routine
#define lapack(routine) LAPACKE_s##routine##_work
#define TABLE CVR_TABLE(cvr_kernels, single)

#include "linalg/kernels.inc"
