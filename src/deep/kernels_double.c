/* The kernels of this room in double precision. */
#define REAL double
#define TABLE CVR_TABLE(cvr_deep_kernels, double)

#include "deep/kernels.inc"
