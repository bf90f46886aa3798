/* squared   l(f, y) = 1/2 sum_c (f_c - y_c)^2

       l'(f) = f - y,   l''(f) = I,   l*(theta) = sum_c theta_c y_c + 1/2 theta_c^2
       prox: z = (y + rho v) / (1 + rho) */
#include "linalg/ops.h"
#include "model/loss.h"

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    (void)l;
    double loss = 0;
    for (int64_t c = 0; c < C; c++) {
        slope[c] = f[c] - y[c];
        loss += slope[c] * slope[c] / 2;
    }
    return loss;
}

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    (void)l;
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
        sum += theta[c] * y[c] + theta[c] * theta[c] / 2;
    return sum;
}

static double value(cvr_mat F, cvr_mat Y)
{
    return cvr_distance2(F, Y) / 2;
}

static void prox(cvr_mat Z, cvr_mat Y, double rho)
{
    cvr_axpby(Z, 1 / (1 + rho), Y, rho / (1 + rho));
}

static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        slope[c] = (z[c] - y[c]) / (1 + t);
        z[c] = (z[c] + t * y[c]) / (1 + t);
    }
    return 0;
}

const cvr_loss cvr_loss_squared = {.name = "squared",
                                   .targets = CVR_TARGETS_VALUES,
                                   .curvature = 1,
                                   .row = row,
                                   .conjugate = conjugate,
                                   .nearest = nearest,
                                   .value = value,
                                   .prox = prox};
