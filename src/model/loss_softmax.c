/* softmax   l(f, y) = log sum_c exp(f_c) - sum_c y_c f_c,   y one-hot

   With p = exp(f) / sum_c exp(f_c), the largest f_c taken off first:
       l'(f) = p - y,   l''(f) = diag(p) - p p'
       l*(theta) = sum_c p_c log p_c,   p = theta + y in the simplex
       prox: damped Newton steps (linalg/softmax.inc) */
#include <math.h>

#include "linalg/ops.h"
#include "model/loss.h"

static double largest(int64_t C, const double *f)
{
    double high = f[0];
    for (int64_t c = 1; c < C; c++)
        high = f[c] > high ? f[c] : high;
    return high;
}

static double row(int64_t C, const double *f, const double *y, double *slope)
{
    double high = largest(C, f), sum = 0, right = 0;
    for (int64_t c = 0; c < C; c++) {
        slope[c] = exp(f[c] - high);
        sum += slope[c];
        right += y[c] * f[c];
    }
    for (int64_t c = 0; c < C; c++)
        slope[c] = slope[c] / sum - y[c];
    return high + log(sum) - right;
}

static void hessian(int64_t C, const double *f, double *x)
{
    double high = largest(C, f), sum = 0, mean = 0;
    for (int64_t c = 0; c < C; c++) {
        sum += exp(f[c] - high);
        mean += exp(f[c] - high) * x[c];
    }
    for (int64_t c = 0; c < C; c++)
        x[c] = exp(f[c] - high) / sum * (x[c] - mean / sum);
}

static double conjugate(int64_t C, const double *theta, const double *y)
{
    const double rounding = 1e-12;
    double sum = 0, whole = 0;
    for (int64_t c = 0; c < C; c++) {
        double p = theta[c] + y[c];
        whole += p;
        sum += p > 0 ? p * log(p) : p >= -rounding ? 0 : INFINITY;
    }
    return fabs(whole - 1) <= rounding * (double)C ? sum : INFINITY;
}

static void prox(cvr_mat Z, cvr_mat Y, double rho)
{
    cvr_softmax_prox(Z, Y, rho / 2);
}

const cvr_loss cvr_loss_softmax = {.name = "softmax",
                                   .targets = CVR_TARGETS_ONE_HOT,
                                   .curvature = 0.5,
                                   .row = row,
                                   .hessian = hessian,
                                   .conjugate = conjugate,
                                   .value = cvr_softmax_loss,
                                   .prox = prox};
