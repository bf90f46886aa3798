/* softmax   l(f, y) = log sum_c exp(f_c) - sum_c y_c f_c,   y one-hot

   With p = exp(f) / sum_c exp(f_c), the largest f_c taken off first:
       l'(f) = p - y,   l''(f) = diag(p) - p p'
       l*(theta) = sum_c p_c log p_c,   p = theta + y in the simplex
       prox: damped Newton steps (linalg/softmax.inc), or one equation a row, below */
#include <math.h>

#include "linalg/ops.h"
#include "model/loss.h"
#include "model/ops.h"

static double largest(int64_t C, const double *f)
{
    double high = f[0];
    for (int64_t c = 1; c < C; c++)
        high = f[c] > high ? f[c] : high;
    return high;
}

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    (void)l;
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

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    (void)l;
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

/* omega + log omega = x, as xi = log omega: the root of exp(xi) + xi - x, which rises and
   is convex. Newton from log x or x, right of it, is monotone. */
static double wright(double x)
{
    double xi = x > 1 ? log(x) : x;
    for (int k = 0; k < 20; k++) {
        double e = exp(xi), step = (e + xi - x) / (e + 1);
        xi -= step;
        if (fabs(step) <= 1e-16 * (1 + fabs(xi)))
            break;
    }
    return exp(xi);
}

/* Of t l(z) + |z - a|^2 / 2: w = t p has w_c + log w_c = b_c + log t - L, b = a + t y,
   and sum w = t. The sum is convex and falls with L, and is at least t at L = max b - t:
   Newton from there is monotone, and the error after a step is at most half its square.
   Returns the steps. */
static int multipliers(int64_t C, const double *a, const double *y, double t, double *w)
{
    enum { MOST = 60 };
    double high = -INFINITY, L, step = INFINITY;
    int steps = 0;
    for (int64_t c = 0; c < C; c++)
        high = fmax(high, a[c] + t * y[c]);
    for (L = high - t; steps < MOST && fabs(step) > 1e-9; steps++) {
        double sum = -t, fall = 0;
        for (int64_t c = 0; c < C; c++) {
            w[c] = wright(a[c] + t * y[c] + log(t) - L);
            sum += w[c];
            fall += w[c] / (1 + w[c]);
        }
        step = sum / fall;
        L += step;
        for (int64_t c = 0; c < C; c++)
            w[c] -= w[c] / (1 + w[c]) * step;
    }
    return steps;
}

/* z_c = a_c - w_c; its own class has + sum of the others' w, not t - w: of rounding. */
static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    int steps = multipliers(C, z, y, t, slope);
    int64_t own = 0;
    double others = 0;
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        own = y[c] > y[own] ? c : own;
        others += y[c] > 0.5 ? 0 : slope[c];
    }
    for (int64_t c = 0; c < C; c++) {
        double w = c == own ? -others : slope[c];
        z[c] -= w;
        slope[c] = w / t;
    }
    return steps;
}

const cvr_loss cvr_loss_softmax = {.name = "softmax",
                                   .targets = CVR_TARGETS_ONE_HOT,
                                   .curvature = 0.5,
                                   .row = row,
                                   .hessian = hessian,
                                   .conjugate = conjugate,
                                   .nearest = nearest,
                                   .value = cvr_softmax_loss,
                                   .prox = prox};
