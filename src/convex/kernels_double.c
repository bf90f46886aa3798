/* The kernels of this room in double precision. */
#define REAL double
#define TABLE CVR_TABLE(cvr_convex_kernels, double)

#include "convex/kernels.inc"
