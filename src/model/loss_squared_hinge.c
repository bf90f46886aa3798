/* squared-hinge   l(f, y) = 1/2 sum_c (y_c - f_c)_+^2 where output c has its class,
   (f_c - y_c)_+^2 elsewhere. With y_c = -1 or +1 that is (1 - y_c f_c)_+^2.

       l'(f) = f - y on the wrong side of the label, 0 beyond it
       l*(theta) = sum_c theta_c y_c + 1/2 theta_c^2,   theta_c <= 0 or theta_c >= 0
                   where output c has its class or not
       prox: (a + t y) / (1 + t) on the wrong side, a beyond it */
#include <math.h>

#include "model/loss.h"

/* f beyond the label. */
static bool right(double f, double y)
{
    return y > 0.5 ? f >= y : f <= y;
}

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    double loss = 0;
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        slope[c] = right(f[c], y[c]) ? 0 : f[c] - y[c];
        loss += slope[c] * slope[c] / 2;
    }
    return loss;
}

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    double sum = 0;
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        double s = y[c] > 0.5 ? -theta[c] : theta[c];
        sum += s >= 0 ? theta[c] * y[c] + s * s / 2 : INFINITY;
    }
    return sum;
}

static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        bool stays = right(z[c], y[c]);
        slope[c] = stays ? 0 : (z[c] - y[c]) / (1 + t);
        z[c] = stays ? z[c] : (z[c] + t * y[c]) / (1 + t);
    }
    return 0;
}

const cvr_loss cvr_loss_squared_hinge = {.name = "squared-hinge",
                                         .targets = CVR_TARGETS_LABELS,
                                         .curvature = 1,
                                         .row = row,
                                         .conjugate = conjugate,
                                         .nearest = nearest};
