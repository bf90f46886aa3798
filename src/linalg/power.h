/* The largest eigenvalue of a symmetric operator. */
#ifndef CVR_LINALG_POWER_H
#define CVR_LINALG_POWER_H

#include "linalg/apply.h"

/* value = the largest |eigenvalue| of A on matrices of x's shape, by power iteration from
   the start in x (not zero), which becomes the eigenvector, |x| = 1; y is workspace of
   that shape. Stops when the estimate changes by less than tolerance, relative, or after
   limit products. For a positive semidefinite A the estimate never exceeds the eigenvalue
   beyond rounding. CVR_NUMERICAL when a product is not finite. */
cvr_status cvr_power(cvr_apply A, void *ctx, cvr_mat x, cvr_mat y, double tolerance,
                     int limit, double *value) CVR_MUST_CHECK;

#endif
