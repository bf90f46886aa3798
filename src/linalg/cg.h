/* Preconditioned conjugate gradients for A X = B with A symmetric positive definite; the
   matrix X is one long vector. */
#ifndef CVR_LINALG_CG_H
#define CVR_LINALG_CG_H

#include "linalg/apply.h"
#include "linalg/cg_leaf.h"

/* Workspace in the caller's memory, the matrices like the unknowns; zeroed. */
typedef struct cvr_cg {
    cvr_mat R, P, Q, Z; /* residual, direction, A P, preconditioned residual */
    cvr_mat s;          /* CVR_CG_NUMBERS x 1, double: scalars */
    int expected; /* iterations of the last solution; a device is not asked before */
} cvr_cg;

typedef struct cvr_cg_system {
    cvr_apply multiply;     /* Y = A X */
    cvr_apply precondition; /* Y = M^{-1} X, M near A; NULL: M = I */
    void *ctx;              /* of both */
    bool energy;            /* the tolerance is one of the error: cvr_cg_enough */
    bool below; /* M <= A: r'M^{-1}r, not r'r, bounds the error's <e, A e> = r'A^{-1}r */
} cvr_cg_system;

typedef struct cvr_cg_result {
    int iterations;
    double residual; /* |B - A X| / |B| as the recurrence knows it; 0 when B = 0 */
} cvr_cg_result;

/* The residual |B - A X| at which the error of X in the energy norm of A >= I is at most
   tolerance x the solution's, sqrt(<X, B>): that error is no larger than the residual.
   Never more than tolerance |B|, nor less than rounding in |B|. */
double cvr_cg_enough(cvr_mat X, cvr_mat B, double tolerance);

/* Improves X until |B - A X| <= tolerance |B|, or limit iterations are done (that is no
   failure); with `energy` until cvr_cg_enough, of which with `below` sqrt(r'M^{-1}r)
   takes the residual's place, once r'M^{-1}r is half of what it was. B = 0 gives X = 0.
   Takes no memory. CVR_NUMERICAL when a number is not finite or a direction has negative
   curvature beyond rounding: A is not positive definite. A direction of no curvature
   within rounding ends it with the X there is. */
cvr_status cvr_cg_solve(cvr_cg *w, const cvr_cg_system *system, cvr_mat X, cvr_mat B,
                        double tolerance, int limit,
                        cvr_cg_result *result) CVR_MUST_CHECK;

#endif
