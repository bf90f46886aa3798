/* What a program fits: sum_j omega_j l(z_j, y_j) of predictions z = f + 1 b', for losses
   other than the squared one, which certificate.c has in closed form. b = 0 without a
   free bias. All sums are over all processes; f are own rows x C. */
#ifndef CVR_CONVEX_MISFIT_H
#define CVR_CONVEX_MISFIT_H

#include "model/loss.h"
#include "solver/method.h"

typedef struct cvr_misfit {
    cvr_loss loss;
    cvr_comm *comm;
    int64_t n, C;      /* own rows, outputs */
    bool other, free;  /* another loss than the squared one; b is free */
    double *y, *omega; /* n C, row after row, labels -1 and +1; n */
    double *f, *g, *h; /* n C each: work */
    double *row;       /* 8 C: work */
    double *b;         /* C: the constants that were found last */
    double *b0;        /* C: the best constant predictions, or 0 */
    double value0;     /* their loss */
    double total;      /* sum omega */
    cvr_mat W;         /* omega as the problem has it; no memory: 1 each */
    cvr_mat H, step;   /* C x C, C x 1, double, on the host: softmax's constants */
} cvr_misfit;

/* The loss that the options name, with its shape. CVR_USAGE when it does not suit the
   task. */
cvr_status cvr_misfit_choose(const cvr_problem *problem, cvr_misfit *fit) CVR_MUST_CHECK;
cvr_status cvr_misfit_lay_out(cvr_misfit *fit, cvr_workspace *w) CVR_MUST_CHECK;
/* Targets, and the best constants. Collective, as all that follow. */
cvr_status cvr_misfit_start(cvr_misfit *fit, const cvr_problem *problem) CVR_MUST_CHECK;

/* Theta = -omega l'(b0), 1'Theta = 0 with a free bias: beta_max = max_i |F_i'Theta|. On a
   kink all rows take one common place in its slopes. */
cvr_status cvr_misfit_first_dual(const cvr_misfit *fit, cvr_mat Theta) CVR_MUST_CHECK;

/* sum omega l(s F + 1 b') */
cvr_status cvr_misfit_value(const cvr_misfit *fit, cvr_mat F, double s, const double *b,
                            double *value) CVR_MUST_CHECK;
/* fit->b = the best constants for F; 0 without a free bias. */
cvr_status cvr_misfit_constants(const cvr_misfit *fit, cvr_mat F) CVR_MUST_CHECK;
/* The least of sum omega l(s F + 1 b') + s penalty[0] + s^2 penalty[1] over s near 1, at
   fit->b. */
cvr_status cvr_misfit_multiple(const cvr_misfit *fit, cvr_mat F, const double penalty[2],
                               double *s, double *value) CVR_MUST_CHECK;

/* Z (holding M) = argmin sum omega l(z) + rho/2 |z - M|^2, Theta = rho (Z - M). */
void cvr_misfit_nearest(const cvr_misfit *fit, cvr_mat Z, cvr_mat Theta, double rho);
/* Theta = -omega l'(F + 1 b') at fit->b, of a loss with a gradient. */
void cvr_misfit_slopes(const cvr_misfit *fit, cvr_mat F, cvr_mat Theta);

/* 1'Theta = 0 without leaving the domain, where the bias is free. */
cvr_status cvr_misfit_repair(const cvr_misfit *fit, cvr_mat Theta) CVR_MUST_CHECK;
/* What a penalty that is no norm takes from the dual value at t Theta. */
typedef struct cvr_misfit_less {
    double (*square)(const void *of, double t);
    const void *of;
} cvr_misfit_less;

/* The largest of -sum omega l*(-t Theta / omega), less what `less` says (NULL: 0), over
   0 <= t <= most. */
cvr_status cvr_misfit_dual(const cvr_misfit *fit, cvr_mat Theta, double most,
                           const cvr_misfit_less *less, double *value) CVR_MUST_CHECK;

#endif
