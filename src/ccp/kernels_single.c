/* The kernels of this room in single precision. */
#define REAL float
#define TABLE CVR_TABLE(cvr_ccp_kernels, single)
#define ALGORITHMS CVR_TABLE(cvr_ccp_algorithms, single)

#include "ccp/kernels.inc"
