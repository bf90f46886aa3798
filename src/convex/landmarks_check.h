/* What a fit on landmarks rests on, verified without BLAS: the factor of K_ZZ, each
   strip's features, the sums over rows, and the products with them. With random signs r:

       K_ZZ r = L (L'r),  K r = P (L'r),  A r = sum P'(P r),  B'r = sum Y'(P r)  */
#ifndef CVR_CONVEX_LANDMARKS_CHECK_H
#define CVR_CONVEX_LANDMARKS_CHECK_H

#include "solver/method.h"

typedef struct cvr_landmark_check {
    cvr_mat r;           /* m x 1: signs */
    cvr_mat before;      /* high x 1: what a factor or a strip was, times r */
    cvr_mat Lr, Ltr;     /* m x 1: L r, L'r */
    cvr_mat PPr, YPr;    /* sums over rows: m x 1, C x 1 */
    cvr_mat Pr, m1;      /* high x 1, m x 1: work */
    cvr_mat work;        /* high x 1: a column in double */
    cvr_type type;       /* of the rows that are summed up */
    double ones, p2, L2; /* sums of P r and of |p|^2; |L|_F^2 */
} cvr_landmark_check;

/* m points, C outputs, strips of at most `strip' rows. */
void cvr_landmark_check_lay_out(cvr_landmark_check *c, int64_t m, int64_t C,
                                int64_t strip, cvr_workspace *w);
/* Draws the signs. */
void cvr_landmark_check_start(cvr_landmark_check *c, cvr_type type);

/* A matrix (rows x m) that becomes a factor, or features; then what it has become. */
void cvr_landmark_note(cvr_landmark_check *c, cvr_mat K);
cvr_status cvr_landmark_check_factor(cvr_landmark_check *c, cvr_mat L) CVR_MUST_CHECK;
cvr_status cvr_landmark_check_features(cvr_landmark_check *c, cvr_mat P) CVR_MUST_CHECK;

/* Rows P with targets Y and ones (rows x 1, double) are among those that are summed
   up. */
void cvr_landmark_add(cvr_landmark_check *c, cvr_mat P, cvr_mat Y, cvr_mat ones);
/* Sums over all processes. Collective. */
cvr_status cvr_landmark_share(cvr_landmark_check *c, cvr_comm *comm) CVR_MUST_CHECK;
/* A (whole) = sum p p', B = sum p y', s = sum p 1; y2: sum |y|^2, rows: how many, n: the
   sum of the ones' squares. */
cvr_status cvr_landmark_check_sums(cvr_landmark_check *c, cvr_mat A, cvr_mat B, cvr_mat s,
                                   double y2, double rows, double n) CVR_MUST_CHECK;
/* Ab = A beta, and L'alpha = beta. */
cvr_status cvr_landmark_check_product(cvr_landmark_check *c, cvr_mat Ab,
                                      cvr_mat beta) CVR_MUST_CHECK;
cvr_status cvr_landmark_check_weights(cvr_landmark_check *c, cvr_mat alpha,
                                      cvr_mat beta) CVR_MUST_CHECK;

#endif
