/* The kernels of this room in single precision. */
#define REAL float
#define TABLE CVR_TABLE(cvr_deep_kernels, single)

#include "deep/kernels.inc"
