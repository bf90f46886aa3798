/* hinge   l(f, y) = sum_c (y_c - f_c)_+ where output c has its class, (f_c - y_c)_+
   elsewhere: the kink lies at the label. With y_c = -1 or +1 that is (1 - y_c f_c)_+.

       l'(f) = -1 or +1 on the wrong side of the label, 0 beyond it
       l*(theta) = sum_c theta_c y_c,   theta_c in [-1, 0] for its class, else in [0, 1]
       prox: class c max(v, min(y, v + 1/rho)), else min(v, max(y, v - 1/rho)) */
#include <math.h>

#include "linalg/ops.h"
#include "model/loss.h"
#include "model/ops.h"

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    (void)l;
    double loss = 0;
    for (int64_t c = 0; c < C; c++) {
        double sign = y[c] > 0.5 ? 1 : -1, missing = sign * (y[c] - f[c]);
        loss += missing < 0 ? 0 : missing;
        slope[c] = missing > 0 ? -sign : 0;
    }
    return loss;
}

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    (void)l;
    double sum = 0;
    for (int64_t c = 0; c < C; c++) {
        double s = y[c] > 0.5 ? -theta[c] : theta[c];
        sum += s >= 0 && s <= 1 ? theta[c] * y[c] : INFINITY;
    }
    return sum;
}

static void prox(cvr_mat Z, cvr_mat Y, double rho)
{
    cvr_hinge_prox(Z, Y, 1 / rho);
}

/* Of what is missing t is made up, as far as the label. */
static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        double sign = y[c] > 0.5 ? 1 : -1, missing = sign * (y[c] - z[c]);
        bool kink = missing > 0 && missing < t;
        slope[c] = kink ? -sign * (missing / t) : missing > 0 ? -sign : 0;
        z[c] = kink ? y[c] : z[c] - t * slope[c];
    }
    return 0;
}

const cvr_loss cvr_loss_hinge = {.name = "hinge",
                                 .targets = CVR_TARGETS_LABELS,
                                 .curvature = INFINITY,
                                 .row = row,
                                 .conjugate = conjugate,
                                 .nearest = nearest,
                                 .value = cvr_hinge_loss,
                                 .prox = prox};
