/* The u-step without cones: for r of the rows (own rows x C)

       a = M^{-1} r,  M = shift I + g F_v J F_v',  e = F_v'a

   with F_v = (D_1 X, .., D_P X), g the number of signs, and, for a free bias, 1'a = 0. By
   one factor, in the smaller of two forms: M itself, n x n (dual_gram.h), or
   shift I + g F_v'J F_v, d P x d P, which gives e from F_v'J r. */
#ifndef CVR_CONVEX_COUPLING_H
#define CVR_CONVEX_COUPLING_H

#include "convex/dual_gram.h"

typedef struct cvr_coupling {
    const cvr_program *p;
    bool dual, factored; /* factored: the matrix has been formed and factored before */
    double shift;
    cvr_dual_gram kernel; /* dual */
    cvr_mat FF, A;        /* primal: d P x d P */
} cvr_coupling;

void cvr_coupling_lay_out(cvr_coupling *c, const cvr_program *p, cvr_workspace *w);
/* What does not depend on the shift; collective, as what follows. */
cvr_status cvr_coupling_start(cvr_coupling *c) CVR_MUST_CHECK;
cvr_status cvr_coupling_factor(cvr_coupling *c, double shift) CVR_MUST_CHECK;
/* R (own rows x C, centred for a free bias): r becomes a; E (d x C P) = e. Works in p->Z
   and p->T. */
cvr_status cvr_coupling_solve(cvr_coupling *c, cvr_mat R, cvr_mat E) CVR_MUST_CHECK;
/* Operations of a factor, over all rows. */
double cvr_coupling_flops(const cvr_program *p);

#endif
