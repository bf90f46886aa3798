/* Ridge on a kernel with an intercept, for every penalty from one eigendecomposition, and
   its exact leave-one-out predictions (docs/mathematics.md, "Kernels").

       minimise  1/2 sum_i omega_i |f(x_i) - y_i|^2 + mu/2 alpha'K alpha + mu tau/2 |b|^2
                 f = K alpha + 1 b'

       (K + mu Omega^-1) alpha + 1 b' = Y,  1'alpha = tau b

   With s = sqrt(omega), S = diag(s) and S K S = Q diag(l) Q' all is in the basis Q. */
#ifndef CVR_CONVEX_PRESS_H
#define CVR_CONVEX_PRESS_H

#include <cvxrelu/mat.h>

#include "base/fail.h"

typedef struct cvr_press {
    cvr_mat Q, Q2;    /* n x n: eigenvectors, their entries squared */
    cvr_mat l, s;     /* n x 1: eigenvalues; sqrt(omega) */
    cvr_mat QY, q;    /* n x C, n x 1: Q'S Y, Q's */
    cvr_mat w, o, d;  /* n x 1: work */
    cvr_mat A;        /* n x C: work */
    cvr_mat alpha, b; /* n x C, C x 1: of the penalty that was solved for last */
    cvr_mat E;        /* n x C: its leave-one-out residuals y_i - f^(-i)(x_i) */
    double
        tau; /* the intercept's penalty is mu tau / 2 |b|^2. 0: it is free, which is what
                   cvr_press_new says; 1: a weight like others; infinite: there is none */
    double scale;  /* mean of l without that of the constants: (tr B - q'diag(l) q / s's)
                      / n */
    double rows;   /* sum of omega */
    cvr_mat r, rB; /* n x 1: signs, and B r of B = S K S before it is decomposed */
    double size;   /* |B|_F */
} cvr_press;

/* K (n x n, lower triangle) becomes the eigenvectors and p's; all in double.
   CVR_NUMERICAL when K has an eigenvalue below 0 by more than rounding. */
cvr_status cvr_press_new(cvr_mat *K, cvr_mat Y, cvr_mat omega,
                         cvr_press *p) CVR_MUST_CHECK;
void cvr_press_free(cvr_press *p);

/* alpha, b and E for mu > 0; returns sum_i omega_i |e_i|^2 / (rows C), NaN where leaving
   a row out leaves nothing (n = 1). */
double cvr_press_solve(cvr_press *p, double mu);
/* At the last solution: the objective, and the dual value at alpha, a lower bound. Y as
   in cvr_press_new. E is work afterwards. What they rest on, K alpha and 1'alpha = 0, is
   verified: else CVR_NUMERICAL. */
cvr_status cvr_press_values(cvr_press *p, cvr_mat Y, double mu, double *objective,
                            double *lower) CVR_MUST_CHECK;

#endif
