/* A low-rank approximation of a positive semidefinite operator, and the preconditioner
   that it gives (Frangella, Tropp and Udell, Randomized Nystrom Preconditioning,
   2021). */
#ifndef CVR_LINALG_NYSTROM_H
#define CVR_LINALG_NYSTROM_H

#include "linalg/apply.h"

/* A ~ U diag(s) U', in the caller's memory. */
typedef struct cvr_nystrom {
    cvr_mat U;    /* N x r, orthonormal columns */
    cvr_mat s;    /* r x 1, falling, >= 0 */
    double mu;    /* the shift that c is for; 0: none yet */
    cvr_mat c;    /* r x 1: (s_r + mu) / (s_i + mu) - 1 */
    cvr_mat W;    /* r x the most columns that it is applied to: workspace */
    cvr_mat Q, C; /* N x r, r x r: workspace while it is formed */
} cvr_nystrom;

/* Q = orth(Gaussian numbers of (seed, purpose)), for r <= N. */
cvr_status cvr_nystrom_draw(cvr_nystrom *n, uint64_t seed) CVR_MUST_CHECK;
/* From one product A Q. CVR_NUMERICAL when A is not finite or not positive semidefinite
   beyond rounding. */
cvr_status cvr_nystrom_form(cvr_nystrom *n, cvr_apply A, void *ctx) CVR_MUST_CHECK;

/* Y = P^{-1} X, near (A + mu I)^{-1} (s_r + mu) X:
       P^{-1} = (s_r + mu) U (S + mu I)^{-1} U' + (I - U U').
   X and Y: N x at most W.cols, not overlapping; mu > 0. Takes no memory. */
void cvr_nystrom_apply(cvr_nystrom *n, double mu, cvr_mat Y, cvr_mat X);

#endif
