/* The coupled system of the u-step, shared by all ways to solve it.

   With p = u_i of sign v, q = u_i of sign w, sigma = p + q and delta = p - q
   the u-step is
       K sigma = b_p + b_q                                        (no coupling)
       A delta = b_p - b_q,   A = I_P (x) K + (g / rho) F'J F     (d P unknowns an output)
       K = I + kappa X'X,  g = 2,  J = I - 1 1' / n for a free bias, else I.
   Gated: no cones, K = I, g = 1, A u = b. K is the same matrix for all patterns because
   (2 D_i - I)^2 = I. Source: docs/mathematics.md, "The u-step". */
#ifndef CVR_CONVEX_SYSTEM_H
#define CVR_CONVEX_SYSTEM_H

#include "convex/program.h"

typedef struct cvr_system {
    const cvr_program *p;
    double rho, kappa;
    double g;      /* number of signs */
    cvr_mat XX;    /* X'X over all processes, lower triangle, d x d; empty when gated */
    cvr_mat K;     /* its Cholesky factor of I + kappa X'X; empty when gated */
    int64_t limit; /* inner iterations a solve may take */
    int64_t inner; /* inner iterations of the last solve; 1 for direct ones */
} cvr_system;

void cvr_system_lay_out(cvr_system *s, const cvr_program *p, cvr_workspace *w);
cvr_status cvr_system_start(cvr_system *s) CVR_MUST_CHECK; /* X'X */

/* New penalties: factors K. */
cvr_status cvr_system_set(cvr_system *s, double rho, double kappa) CVR_MUST_CHECK;

/* B = K^{-1} B, any number of columns. */
void cvr_system_solve_block(const cvr_system *s, cvr_mat B);

/* Y = A U for U d x k P, any k: two products with X. Works in p->Z and p->T. */
cvr_status cvr_system_apply(const cvr_system *s, cvr_mat Y, cvr_mat U) CVR_MUST_CHECK;

/* Y = (g / rho) F'J F U alone. */
cvr_status cvr_system_couple(const cvr_system *s, cvr_mat Y, cvr_mat U) CVR_MUST_CHECK;

#endif
