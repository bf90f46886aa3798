/* The kernels of this room in single precision. */
#define REAL float
#define TABLE CVR_TABLE(cvr_model_kernels, single)

#include "model/kernels.inc"
