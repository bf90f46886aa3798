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

/* Rows: features without ones (own rows x features) and targets (own rows x C). Weighted:
   both times root = sqrt(omega) (own rows x 1); no memory: all weights are 1. */
typedef struct cvr_lambda_rows {
    cvr_mat X, Y, root;
} cvr_lambda_rows;

/* Through a ReLU: at a lambda from *lambda_max on, u = 0 with the best constants is a
   global minimum, whose F is *lower. axes (features x C, or {0}): for each output the
   unit vector, with its sign, along which F falls first. Proved in lambda_max.c;
   collective. */
cvr_status cvr_lambda_max(const cvr_lambda_rows *rows, cvr_constants constants,
                          cvr_comm *comm, cvr_mat axes, double *lambda_max,
                          double *lower) CVR_MUST_CHECK;

/* Of min sum (x_p'u - y_p)^2 + lambda |u|_1: max_j |2 x_j'(y - mean y)| over the
   features; intercept: the last column of X is ones; without one mean y = 0.
   Collective. */
cvr_status cvr_lambda_max_linear(cvr_mat X, cvr_mat Y, bool intercept, cvr_comm *comm,
                                 double *lambda_max) CVR_MUST_CHECK;

#endif
