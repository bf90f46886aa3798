/* Hold-out errors under the penalties beside one that has a factor. */
#ifndef CVR_CONVEX_EXACT_PATH_H
#define CVR_CONVEX_EXACT_PATH_H

#include "convex/exact.h"

typedef struct cvr_exact_path {
    cvr_mat V;       /* n - m x (C + 1) (steps + 1), K's type: Lanczos vectors */
    cvr_mat on, off; /* steps x C + 1: T's diagonal, and beside it */
    cvr_mat T, t, g; /* steps x steps, steps x 1 twice: work */
    cvr_mat length;  /* C + 1 x 1: of right-hand sides */
    cvr_mat b;       /* C x 1: intercepts */
    cvr_mat root;    /* n - m x 1, K's type: 1 / sqrt(omega), of weighted rows */
} cvr_exact_path;

/* Its matrices, for an e that is laid out. */
void cvr_exact_path_lay_out(cvr_exact_path *p, const cvr_exact *e, int64_t C,
                            cvr_workspace *w);
/* Mean squared errors of e's judges under `count` penalties within a decade of the last
   fit's, trained on the other rows, all from the leading block M of its factor:

       (K_11 + mu Omega^-1)^-1 = (M + (mu - mu_0) Omega^-1)^-1

   Infinite or NaN: the matrix is not positive definite to rounding. Works in e's a and
   Ka. */
cvr_status cvr_exact_path_judge(cvr_exact_path *p, cvr_exact *e, int count,
                                const double *mu, double *error) CVR_MUST_CHECK;

#endif
