/* A low-rank approximation of a positive semidefinite operator, and the
   preconditioner that it gives (Frangella, Tropp and Udell, Randomized
   Nystrom Preconditioning, 2021). */
#ifndef CVR_LINALG_NYSTROM_H
#define CVR_LINALG_NYSTROM_H

#include "linalg/apply.h"

/* A ~ U diag(s) U' */
typedef struct cvr_nystrom {
    cvr_mat U;    /* N x r, orthonormal columns */
    cvr_mat s;    /* r x 1, falling, >= 0 */
    double mu;    /* the shift that c is for; 0: none yet */
    cvr_mat c;    /* r x 1: (s_r + mu) / (s_i + mu) - 1 */
    cvr_mat W;    /* r x widest, workspace */
    cvr_mat Q, C; /* N x r, r x r: workspace while it is formed */
} cvr_nystrom;

/* Q = orth(Gaussian numbers of (seed, purpose)), in memory that is there: U and Q N x r,
   s and c r x 1, W, C as above. */
cvr_status cvr_nystrom_draw(cvr_nystrom *n, uint64_t seed) CVR_MUST_CHECK;
/* From one product A Q. CVR_NUMERICAL when A is not finite or not positive semidefinite
   beyond rounding. */
cvr_status cvr_nystrom_form(cvr_nystrom *n, cvr_apply A, void *ctx) CVR_MUST_CHECK;
/* Memory and both. rank <= N. widest: the most columns that cvr_nystrom_apply will be
   given. n is {0} when it fails. */
cvr_status cvr_nystrom_new(const cvr_backend *device, cvr_type type, int64_t N,
                           int64_t rank, int64_t widest, cvr_apply A, void *ctx,
                           uint64_t seed, cvr_nystrom *n) CVR_MUST_CHECK;
void cvr_nystrom_free(cvr_nystrom *n); /* leaves {0}; takes {0} */

/* Y = P^{-1} X, near (A + mu I)^{-1} (s_r + mu) X:
       P^{-1} = (s_r + mu) U (S + mu I)^{-1} U' + (I - U U').
   X and Y: N x at most widest, not overlapping; mu > 0. Takes no memory. */
void cvr_nystrom_apply(cvr_nystrom *n, double mu, cvr_mat Y, cvr_mat X);

#endif
