/* Wide-margin directions: for each pattern the c_i of least norm with (2 D_i - I) X c_i
   >= 1. They lie strictly inside the cones; moving along them makes a point feasible. */
#ifndef CVR_CONVEX_MARGIN_H
#define CVR_CONVEX_MARGIN_H

#include "convex/program.h"

typedef struct cvr_margin {
    const cvr_program *p;
    cvr_mat XX;    /* X'X over all processes, lower triangle; the system's */
    cvr_mat K;     /* factor of I + rho X'X */
    cvr_mat C, XC; /* directions d x P, and X C (own rows x P) */
    cvr_mat M, T;  /* s + nu of s = G c - 1, and work: own rows x P */
    cvr_mat E;     /* (2 D - 1) 1: own rows x P */
    cvr_mat v;     /* P x 1 */
    double rho;
    int64_t iterations, next_balance;
    double least; /* over patterns: margin / |c|; <= 0: some c is not inside */
    bool settled;
} cvr_margin;

cvr_status cvr_margin_new(const cvr_program *p, cvr_mat XX, cvr_margin *w) CVR_MUST_CHECK;
void cvr_margin_free(cvr_margin *w);

/* Goes on until `iterations` have been made in all, or nothing improves. */
cvr_status cvr_margin_improve(cvr_margin *w, int64_t iterations) CVR_MUST_CHECK;

#endif
