/* logistic   l(f, y) = sum_c log(1 + exp(-y_c f_c)),   y_c = -1 or +1

   With m = y f and e = exp(-|m|):
       log(1 + exp(-m)) = max(-m, 0) + log(1 + e), which never overflows
       l'(f)  = -y / (1 + exp(m))
       l''(f) = e / (1 + e)^2
       l*(theta) = s log s + (1 - s) log(1 - s),   s = -y theta in [0, 1] */
#include <math.h>

#include "model/loss.h"

static double row(int64_t C, const double *f, const double *y, double *slope)
{
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

static double conjugate(int64_t C, const double *theta, const double *y)
{
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
        sum += entropy(-y[c] * theta[c]) + entropy(1 + y[c] * theta[c]);
    return sum;
}

const cvr_loss cvr_loss_logistic = {.name = "logistic",
                                    .targets = CVR_TARGETS_LABELS,
                                    .curvature = 0.25,
                                    .row = row,
                                    .hessian = hessian,
                                    .conjugate = conjugate};
