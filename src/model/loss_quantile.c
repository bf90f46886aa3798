/* quantile   l(f, y) = sum_c q e_+ + (1 - q) (-e)_+,   e = y_c - f_c

   q, the level, is the loss's shape: its minimum over constants is that quantile of the
   targets (Koenker and Bassett 1978).
       l'(f) = -q left of the target, 1 - q right of it
       l*(theta) = theta'y   on -q <= theta_c <= 1 - q
       prox: a + t q, or a - t (1 - q), as far as the target */
#include <math.h>

#include "model/loss.h"

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    double loss = 0;
    for (int64_t c = 0; c < C; c++) {
        double e = f[c] - y[c];
        slope[c] = e > 0 ? 1 - l->shape : e < 0 ? -l->shape : 0;
        loss += e * (e > 0 ? 1 - l->shape : -l->shape);
    }
    return loss;
}

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
        sum += theta[c] >= -l->shape && theta[c] <= 1 - l->shape ? theta[c] * y[c]
                                                                 : INFINITY;
    return sum;
}

static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    for (int64_t c = 0; c < C; c++) {
        double s = (z[c] - y[c]) / t;
        bool kink = s >= -l->shape && s <= 1 - l->shape;
        slope[c] = kink ? s : s < 0 ? -l->shape : 1 - l->shape;
        z[c] = kink ? y[c] : z[c] - t * slope[c];
    }
    return 0;
}

const cvr_loss cvr_loss_quantile = {.name = "quantile",
                                    .targets = CVR_TARGETS_VALUES,
                                    .curvature = INFINITY,
                                    .shape = 0.5,
                                    .row = row,
                                    .conjugate = conjugate,
                                    .nearest = nearest};
