/* The penalty from which on nothing beats zero weights. */
#ifndef CVR_CCP_LAMBDA_MAX_H
#define CVR_CCP_LAMBDA_MAX_H

#include <cvxrelu/comm.h>

#include "base/fail.h"

/* Constants besides x'u: none, an intercept in max(0, x'u + u0), or that and an offset,
   max(0, x'u + u0) + b. */
typedef enum cvr_constants {
    CVR_NO_CONSTANT,
    CVR_WITH_INTERCEPT,
    CVR_WITH_OFFSET
} cvr_constants;

/* Through a ReLU: at a lambda from *lambda_max on, u = 0 with the best constants is a
   global minimum, whose F is *lower. axes (features x C, or {0}): for each output the
   unit vector, with its sign, along which F falls first. X: own rows x features, without
   ones; Y: own rows x C. Proved in lambda_max.c; collective. */
cvr_status cvr_lambda_max(cvr_mat X, cvr_mat Y, cvr_constants constants, cvr_comm *comm,
                          cvr_mat axes, double *lambda_max, double *lower) CVR_MUST_CHECK;

/* Of min sum (x_p'u - y_p)^2 + lambda |u|_1: max_j |2 x_j'(y - mean y)| over the
   features; intercept: the last column of X is ones; without one mean y = 0.
   Collective. */
cvr_status cvr_lambda_max_linear(cvr_mat X, cvr_mat Y, bool intercept, cvr_comm *comm,
                                 double *lambda_max) CVR_MUST_CHECK;

#endif
