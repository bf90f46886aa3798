/* Ridge on a kernel with m landmarks in place of all rows (Williams and Seeger 2001):

       K_ZZ + jitter I = L L',   phi(x) = L^-1 k(Z, x),   f(x) = phi(x)'beta + b

       minimise 1/2 sum_i omega_i |f(x_i) - y_i|^2 + mu/2 |beta|^2 + mu tau/2 |b|^2

   Rows are distributed: each process makes its own phi(x) in strips, m x m sums are
   shared. phi may be in single: the factor, sums and fits are in double all the same.
   Every tenth of the rows that differ is left out once, to judge penalties; then all
   rows are fitted. Weighted rows come as sqrt(omega) (phi, y, 1). */
#ifndef CVR_CONVEX_LANDMARKS_H
#define CVR_CONVEX_LANDMARKS_H

#include "convex/distinct.h"
#include "convex/landmarks_check.h"
#include "model/kernel.h"
#include "solver/method.h"

typedef struct cvr_landmarks {
    const cvr_problem *problem;
    const cvr_distinct *rows;   /* the caller's */
    const cvr_machine *machine; /* with its points Z; the caller's */
    cvr_type type;              /* of the points and of phi; the rest is in double */
    cvr_mat down;               /* C x 1: what is added to targets; the caller's */
    cvr_mat L;                  /* m x m: the factor of K_ZZ */
    cvr_mat M;                  /* L in phi's type */
    cvr_mat G;                  /* m x m, single: work; none where phi is in double */
    cvr_mat weights, FJ;        /* m x C, own judges x C: the same */
    cvr_mat A, B, s, t;         /* sums over all rows: phi phi' (lower), phi y', phi, y */
    double n;                   /* the sum of the weights */
    cvr_mat PJ, YJ;             /* own rows that judge: phi', targets */
    cvr_mat roots;              /* of own judges: sqrt(omega), what 1 is; double */
    cvr_mat AJ, BJ, sJ, tJ;     /* the sums over them, of all processes */
    double nJ;                  /* of their weights */
    int64_t judges;             /* of all processes */
    cvr_mat beta, b;            /* m x C, C x 1: of the last fit */
    double tau;     /* the intercept's penalty is mu tau / 2 |b|^2, as in cvr_press */
    cvr_mat H;      /* m x m: work */
    double y2, yJ2; /* sum |y|^2 */
    cvr_landmark_check check;
    cvr_workspace memory; /* of all that is ours */
} cvr_landmarks;

/* Makes every sum; CVR_NUMERICAL when K_ZZ is not positive definite. K = k(z_i, z_j) in
   the points' type is freed on the way. Collective. */
cvr_status cvr_landmarks_new(const cvr_problem *q, const cvr_distinct *rows,
                             const cvr_machine *machine, cvr_mat down, cvr_mat *K,
                             cvr_landmarks *k) CVR_MUST_CHECK;
void cvr_landmarks_free(cvr_landmarks *k);
/* Its matrices for so many points of k's type, which is w's, and k's rows, for a plan. */
void cvr_landmarks_lay_out(cvr_landmarks *k, const cvr_problem *q, int64_t points,
                           cvr_workspace *w);

/* Fits beta and b for mu to all rows, or to those that do not judge. */
cvr_status cvr_landmarks_fit(cvr_landmarks *k, double mu, bool all) CVR_MUST_CHECK;
/* sqrt(omega) times scores of the judging rows of this process (own rows x C) from the
   last fit, and the mean squared error of those of all processes. Collective. */
cvr_status cvr_landmarks_judge(cvr_landmarks *k, cvr_mat F, double *error) CVR_MUST_CHECK;
/* Objective of the last fit to all rows, and the reduced problem's lower bound at it,
   from products that are verified. */
cvr_status cvr_landmarks_values(cvr_landmarks *k, double mu, double *objective,
                                double *lower) CVR_MUST_CHECK;
/* alpha (m x C) = L^-T beta: f(x) = k(x, Z) alpha + b. */
cvr_status cvr_landmarks_weights(cvr_landmarks *k, cvr_mat alpha) CVR_MUST_CHECK;

#endif
