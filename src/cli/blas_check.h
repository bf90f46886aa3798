/* info --check: BLAS against plain loops, as the methods use it. */
#ifndef CVR_CLI_BLAS_CHECK_H
#define CVR_CLI_BLAS_CHECK_H

#include <cvxrelu/cvxrelu.h>

/* BLAS against plain loops: with all threads, with one, and asked by all threads at once;
   CVR_NUMERICAL. */
cvr_status cli_check_blas(int threads) CVR_MUST_CHECK;

#endif
