/* logistic   l(f, y) = sum_c log(1 + exp(-y_c f_c)),   y_c = -1 or +1

   With m = y f and e = exp(-|m|):
       log(1 + exp(-m)) = max(-m, 0) + log(1 + e), which never overflows
       l'(f)  = -y / (1 + exp(m))
       l''(f) = e / (1 + e)^2
       l*(theta) = s log s + (1 - s) log(1 - s),   s = -y theta in [0, 1]
       prox: y m with m = y a + t / (1 + exp(m)), by Newton's method */
#include <math.h>

#include "model/loss.h"

static double row(const cvr_loss *l, int64_t C, const double *f, const double *y,
                  double *slope)
{
    (void)l;
    double loss = 0;
    for (int64_t c = 0; c < C; c++) {
        double m = y[c] * f[c], e = exp(-fabs(m));
        loss += (m < 0 ? -m : 0) + log1p(e);
        slope[c] = -y[c] * (m < 0 ? 1 : e) / (1 + e);
    }
    return loss;
}

static void hessian(int64_t C, const double *f, double *x)
{
    for (int64_t c = 0; c < C; c++) {
        double e = exp(-fabs(f[c]));
        x[c] *= e / ((1 + e) * (1 + e));
    }
}

static double entropy(double s)
{
    return s > 0 ? s * log(s) : s == 0 ? 0 : INFINITY;
}

static double conjugate(const cvr_loss *l, int64_t C, const double *theta,
                        const double *y)
{
    (void)l;
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
        sum += entropy(-y[c] * theta[c]) + entropy(1 + y[c] * theta[c]);
    return sum;
}

/* 1 / (1 + exp(m)) */
static double slope_at(double m)
{
    double e = exp(-fabs(m));
    return (m < 0 ? 1 : e) / (1 + e);
}

/* The root of g(m) = m - a - t / (1 + exp(m)). g is convex for m < 0, concave for m > 0,
   and 1 <= g' <= 1 + t / 4: Newton's steps from 0 or a, left of a positive root, or from
   0 or a + t, right of another one, are monotone, and
   |g''| <= g' makes the error after a step at most half its square. */
static int root(double a, double t, double *m)
{
    enum { MOST = 60 };
    double x = a > -t / 2 ? fmax(0, a) : fmin(0, a + t);
    int steps = 0;
    for (double step = INFINITY; steps < MOST && fabs(step) > 1e-9; steps++) {
        double s = slope_at(x), g = (x - a) - t * s;
        step = g / (1 + t * s * (1 - s));
        x -= step;
    }
    *m = x;
    return steps;
}

static int nearest(const cvr_loss *l, int64_t C, double *z, const double *y, double t,
                   double *slope)
{
    int most = 0;
    (void)l;
    for (int64_t c = 0; c < C; c++) {
        double m;
        int steps = root(y[c] * z[c], t, &m);
        z[c] = y[c] * m;
        slope[c] = -y[c] * slope_at(m);
        most = steps > most ? steps : most;
    }
    return most;
}

const cvr_loss cvr_loss_logistic = {.name = "logistic",
                                    .targets = CVR_TARGETS_LABELS,
                                    .curvature = 0.25,
                                    .row = row,
                                    .hessian = hessian,
                                    .conjugate = conjugate,
                                    .nearest = nearest};
