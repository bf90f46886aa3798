/* The kernels in double precision. */
#define REAL double
#define OTHER float
#define blas(routine) cblas_d##routine
#define lapack(routine) LAPACKE_d##routine##_work
#define TABLE CVR_TABLE(cvr_kernels, double)

#include "linalg/kernels.inc"
