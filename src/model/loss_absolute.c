/* absolute   l(f, y) = |f - y|_1

       l'(f) = sign(f - y)
       l*(theta) = theta'y   on |theta|_inf <= 1
       prox: a moved by t towards the target, as far as that */
#include <math.h>

#include "model/loss.h"

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    double loss = 0;
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        double e = f[c] - y[c];
        slope[c] = (e > 0) - (e < 0);
        loss += fabs(e);
    }
    return loss;
}

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    double sum = 0;
    (void)l;
    for (int64_t c = 0; c < C; c++)
        sum += fabs(theta[c]) <= 1 ? theta[c] * y[c] : INFINITY;
    return sum;
}

static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        double s = (z[c] - y[c]) / t;
        bool kink = fabs(s) <= 1;
        slope[c] = kink ? s : s < 0 ? -1 : 1;
        z[c] = kink ? y[c] : z[c] - t * slope[c];
    }
    return 0;
}

const cvr_loss cvr_loss_absolute = {.name = "absolute",
                                    .targets = CVR_TARGETS_VALUES,
                                    .curvature = INFINITY,
                                    .row = row,
                                    .conjugate = conjugate,
                                    .nearest = nearest};
