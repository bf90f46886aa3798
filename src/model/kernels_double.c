/* The kernels of this room in double precision. */
#define REAL double
#define TABLE CVR_TABLE(cvr_model_kernels, double)

#include "model/kernels.inc"
