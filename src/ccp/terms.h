/* What the algorithms of the ccp family share about

       F(U) = sum_j lambda_j |u_j| + sum_pc ( max(0, w_pc) - y_pc )^2,   w = X U.

   A term of a row is f(w) = (max(w, z) - y)^2 with a breakpoint z: the operations
   cvr_breakpoints, cvr_majorizer_... of mat.h.

       z = -inf           the whole square
       z = 2 y >= 0       the square that is flat up to 2 y
       z = 0, y <= 0      the term itself, which is convex
       z = y >= 0         its convex envelope */
#ifndef CVR_CCP_TERMS_H
#define CVR_CCP_TERMS_H

#include <cvxrelu/mat.h>

/* sum_ij lambda_i |s_ij|; S (d x C) is overwritten by its terms and v (C x 1) by their
   sums down the columns. lambda: d x 1. */
double cvr_terms_penalty(cvr_mat S, cvr_mat lambda, cvr_mat v);

#endif
