/* What the algorithms of the ccp family share about

       F(U) = sum_j lambda_j |u_j| + sum ( max(0, XU) - Y )^2 .

   A term of a row is f(w) = (max(w, z) - y)^2 with a kink z: the operations cvr_breakpoints ...
   of mat.h. z = -inf is the whole square; z = 2 y >= 0 the square that is flat up to 2 y;
   z = 0 with y <= 0 the term itself, which is convex; z = y >= 0 its convex envelope. */
#ifndef CVR_CCP_TERMS_H
#define CVR_CCP_TERMS_H

#include <cvxrelu/comm.h>

#include "base/fail.h"

/* sum_ij lambda_i |s_ij|; S (d x C) is overwritten by its terms and v (C x 1) by their
   sums down the columns. lambda: d x 1. */
double cvr_terms_penalty(cvr_mat S, cvr_mat lambda, cvr_mat v);

/* lambda0 = max_cj max( 2 sum_p y_pc (x_pj)_+, 2 sum_p y_pc (x_pj)_- ) over y_pc > 0 and
   the first `features' columns j: at a lambda from there on U = 0 is a global minimum,
   since (w_+ - y)^2 >= y^2 - 2 y w_+ for y > 0. axes (d x C, or {0}): for each output the
   unit vector, with its sign, for which the sum is largest. X, Y: own rows; collective.
 */
cvr_status cvr_terms_lambda0(cvr_mat X, cvr_mat Y, int64_t features, cvr_comm *comm,
                             cvr_mat axes, double *lambda0) CVR_MUST_CHECK;

/* What there is beside x'u: nothing, an intercept in max(0, x'u + u0), or that and an
   offset, max(0, x'u + u0) + b. */
typedef enum cvr_constants {
    CVR_NO_CONSTANT,
    CVR_WITH_INTERCEPT,
    CVR_WITH_OFFSET
} cvr_constants;

/* The same with constants beside the features X: from *lambda0 on, u = 0 with the best
   constants is a global minimum, whose F is *lower. Proved in lambda_max.c; collective. */
cvr_status cvr_terms_zero(cvr_mat X, cvr_mat Y, cvr_constants constants, cvr_comm *comm,
                          cvr_mat axes, double *lambda0, double *lower) CVR_MUST_CHECK;

#endif
