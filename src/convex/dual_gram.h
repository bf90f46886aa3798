/* The n x n matrix M = (X K^{-1} X') o (D D') + shift I over the rows of all processes,
   factored: the dual form of the u-step (Woodbury) and of the ridge problem. Each process
   holds the whole factor and solves for the same right-hand side. A free bias borders it:
       M a + 1 b' = r,  1'a = 0:   a = M^{-1} (r - 1 b'),  b = 1'M^{-1} r / 1'M^{-1} 1. */
#ifndef CVR_CONVEX_DUAL_GRAM_H
#define CVR_CONVEX_DUAL_GRAM_H

#include "convex/program.h"

typedef struct cvr_dual_gram {
    const cvr_program *p;
    cvr_mat W; /* n_all x n_all: the factor below, the matrix itself above its diagonal */
    cvr_mat diagonal; /* n_all x 1: the matrix's */
    cvr_mat R;        /* n_all x C: a right-hand side */
    cvr_mat Xs;       /* own rows x d: X L^{-T}, when there is a K = L L' */
    cvr_mat all, D;   /* n_all x d, n_all x P: Xs and patterns of all processes, when
                         there are several */
    bool gathered;    /* D is known */
    cvr_mat one, z;   /* n_all x 1: each and M^{-1} each, for a free bias */
    double sum;       /* one'z */
} cvr_dual_gram;

/* with_block: there is a K. */
void cvr_dual_gram_lay_out(cvr_dual_gram *k, const cvr_program *p, bool with_block,
                           cvr_workspace *w);

/* W = (X K^{-1} X') o (D D'), lower triangle; K's factor, or an empty
   matrix for K = I. */
cvr_status cvr_dual_gram_form(cvr_dual_gram *k, cvr_mat K) CVR_MUST_CHECK;
/* Cholesky factor of M = W + shift I. */
cvr_status cvr_dual_gram_factor(cvr_dual_gram *k, double shift) CVR_MUST_CHECK;
/* R (own rows x C) = M^{-1} R, or, with a free bias, a of the bordered
   system for r = R. */
cvr_status cvr_dual_gram_solve(cvr_dual_gram *k, cvr_mat R) CVR_MUST_CHECK;

/* W as it was before it was factored, to be factored with another shift. */
void cvr_dual_gram_restore(cvr_dual_gram *k);

/* FF = F'J F over all processes, lower triangle, d P x d P: the primal counterpart. It
   takes memory for J F, own rows x d P, and gives it back. */
void cvr_gated_gram_lay_out(const cvr_program *p, cvr_mat *FF, cvr_workspace *w);
cvr_status cvr_gated_gram(const cvr_program *p, cvr_mat FF) CVR_MUST_CHECK;

#endif
