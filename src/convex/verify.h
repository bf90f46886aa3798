/* Products that a bound rests on, checked without BLAS (Freivalds 1979).

   With random signs s_i of rows and q_k of columns, drawn before anything is computed:
       Z = X V  has  s'Z = (s'X) V,      B = X'T  has  q'B = (X q)'T,
   where s'X and X q come from plain loops, once. A check reads Z and V, or B and T, once:
   O((n + d) m) where the product took O(n d m). A wrong entry shows at full size, wrong
   entries add up as a random walk; rounding does the same, and its bound is the limit. */
#ifndef CVR_CONVEX_VERIFY_H
#define CVR_CONVEX_VERIFY_H

#include "solver/figures.h"
#include "solver/method.h"

typedef struct cvr_verifier {
    cvr_comm *comm;
    /* All in double. */
    cvr_mat s, q;             /* signs: own rows x 1, d x 1 */
    cvr_mat sX, Xq;           /* (s'X)' over all processes, d x 1; own rows x 1 */
    cvr_mat sizes;            /* |X_k| over all processes: d x 1 */
    cvr_mat tall;             /* own rows x 1: work */
    cvr_figures *figures;     /* the program's */
    double size;              /* |X|_F */
    double forward, backward; /* how far rounding goes, relative to the bounds below */
    int64_t rows;             /* of all processes */
} cvr_verifier;

/* Of X: n own rows, d columns. figures: room for 3 of each column that is checked. */
void cvr_verifier_lay_out(cvr_verifier *v, int64_t n, int64_t d, cvr_figures *figures,
                          cvr_workspace *w);
/* Reads X (n x d) once or twice; keeps nothing of it. Collective. */
cvr_status cvr_verifier_start(const cvr_problem *problem, cvr_mat X,
                              cvr_verifier *v) CVR_MUST_CHECK;

/* Z (own rows x k) is X V (d x k), B (d x k) is X'T summed over all processes (T own rows
   x k), within rounding; else CVR_NUMERICAL, and the sentence names `what`. A column
   whose operand is not finite, or whose product may overflow, is not
   judged. Collective. */
cvr_status cvr_verify_forward(const cvr_verifier *v, const char *what, cvr_mat Z,
                              cvr_mat V) CVR_MUST_CHECK;
cvr_status cvr_verify_adjoint(const cvr_verifier *v, const char *what, cvr_mat B,
                              cvr_mat T) CVR_MUST_CHECK;

/* The same in two: the sums of a check are placed among the figures, and judged once
   these have been read. */
typedef struct cvr_check {
    const char *name, *what; /* "X V" of what */
    cvr_type type;
    int64_t count;                /* columns */
    double *sums;                 /* 3 count */
    double rounding, terms, unit; /* of the limits */
} cvr_check;

cvr_check cvr_check_forward(const cvr_verifier *v, const char *what, cvr_mat Z,
                            cvr_mat V);
cvr_check cvr_check_adjoint(const cvr_verifier *v, const char *what, cvr_mat B,
                            cvr_mat T);
cvr_status cvr_check_judge(const cvr_verifier *v, const cvr_check *c) CVR_MUST_CHECK;

#endif
