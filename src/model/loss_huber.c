/* huber   l(f, y) = sum_c h(f_c - y_c),   h(e) = e^2 / 2 where |e| <= D,
                                           else D |e| - D^2 / 2

   D, the width, is the loss's shape (Huber 1964).
       l'(f) = f - y between -D and D
       l*(theta) = sum_c theta_c y_c + 1/2 theta_c^2   on |theta_c| <= D
       prox: (a + t y) / (1 + t) where e = a - y has |e| <= D (1 + t),
             else a - t D sign e */
#include <math.h>

#include "model/loss.h"

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    double D = l->shape, loss = 0;
    for (int64_t c = 0; c < C; c++) {
        double e = f[c] - y[c], size = fabs(e);
        loss += size > D ? D * size - D * D / 2 : e * e / 2;
        slope[c] = size > D ? copysign(D, e) : e;
    }
    return loss;
}

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
        sum += fabs(theta[c]) <= l->shape ? theta[c] * y[c] + theta[c] * theta[c] / 2
                                          : INFINITY;
    return sum;
}

static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    for (int64_t c = 0; c < C; c++) {
        double D = l->shape, e = z[c] - y[c];
        bool inside = fabs(e) <= D * (1 + t);
        slope[c] = inside ? fmax(-D, fmin(D, e / (1 + t))) : copysign(D, e);
        z[c] = inside ? (z[c] + t * y[c]) / (1 + t) : z[c] - t * slope[c];
    }
    return 0;
}

const cvr_loss cvr_loss_huber = {.name = "huber",
                                 .targets = CVR_TARGETS_VALUES,
                                 .curvature = 1,
                                 .shape = 1,
                                 .row = row,
                                 .conjugate = conjugate,
                                 .nearest = nearest};
