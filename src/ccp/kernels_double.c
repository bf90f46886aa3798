/* The kernels of this room in double precision. */
#define REAL double
#define TABLE CVR_TABLE(cvr_ccp_kernels, double)
#define ALGORITHMS CVR_TABLE(cvr_ccp_algorithms, double)

#include "ccp/kernels.inc"
