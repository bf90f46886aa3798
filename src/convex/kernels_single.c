/* The kernels of this room in single precision. */
#define REAL float
#define TABLE CVR_TABLE(cvr_convex_kernels, single)

#include "convex/kernels.inc"
