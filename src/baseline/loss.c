/* squared   1/2 sum_c (f_c - y_c)^2
   logistic  sum_c log(1 + exp(-t_c f_c))          t = -1/+1, one class against the others
   hinge     sum_c max(0, 1 - t_c f_c)
   softmax   log sum_c exp(f_c) - sum_c y_c f_c    y one-hot */
#include "baseline/loss.h"

#include <math.h>
#include <string.h>

static double squared(int64_t C, const double *f, const double *y, double *slope)
{
    double loss = 0;
    for (int64_t c = 0; c < C; c++) {
        slope[c] = f[c] - y[c];
        loss += slope[c] * slope[c] / 2;
    }
    return loss;
}

/* -1/+1: as it is, or from 0/1. */
static double sign(int64_t C, double y)
{
    return C == 1 ? y : 2 * y - 1;
}

/* With e = exp(-|m|), m = t f: log(1 + exp(-m)) = max(-m, 0) + log(1 + e) never
   overflows, and its derivative by m is -1 / (1 + exp(m)). */
static double logistic(int64_t C, const double *f, const double *y, double *slope)
{
    double loss = 0;
    for (int64_t c = 0; c < C; c++) {
        double t = sign(C, y[c]), m = t * f[c], e = exp(-fabs(m));
        loss += (m < 0 ? -m : 0) + log1p(e);
        slope[c] = -t * (m < 0 ? 1 : e) / (1 + e);
    }
    return loss;
}

static double hinge(int64_t C, const double *f, const double *y, double *slope)
{
    double loss = 0;
    for (int64_t c = 0; c < C; c++) {
        double t = sign(C, y[c]), short_of = 1 - t * f[c];
        loss += short_of < 0 ? 0 : short_of;
        slope[c] = short_of > 0 ? -t : 0;
    }
    return loss;
}

static double softmax(int64_t C, const double *f, const double *y, double *slope)
{
    double high = f[0], sum = 0, right = 0;
    for (int64_t c = 1; c < C; c++)
        high = f[c] > high ? f[c] : high;
    for (int64_t c = 0; c < C; c++) {
        slope[c] = exp(f[c] - high);
        sum += slope[c];
        right += y[c] * f[c];
    }
    for (int64_t c = 0; c < C; c++)
        slope[c] = slope[c] / sum - y[c];
    return high + log(sum) - right;
}

enum { AUTO, SQUARED, LOGISTIC, HINGE, SOFTMAX }; /* in the order of the option */

static const cvr_loss losses[] = {[SQUARED] = {"squared", squared},
                                  [LOGISTIC] = {"logistic", logistic},
                                  [HINGE] = {"hinge", hinge},
                                  [SOFTMAX] = {"softmax", softmax}};

cvr_status cvr_loss_choose(const cvr_problem *problem, const cvr_loss **loss)
{
    int choice = cvr_settings_choice(problem->settings, "loss");
    bool classes = problem->train->task == CVR_CLASSIFY, several = problem->Y.cols > 1;
    if (choice == AUTO)
        choice = !classes ? SQUARED : several ? SOFTMAX : LOGISTIC;
    *loss = &losses[choice];
    if (!classes && choice != SQUARED)
        return cvr_fail(CVR_USAGE, "--loss %s is for classes, and these are values",
                        (*loss)->name);
    if (!several && choice == SOFTMAX) {
        cvr_fail(CVR_USAGE, "--loss softmax is for three classes or more");
        cvr_hint("for two classes it is the same as --loss logistic");
        return CVR_USAGE;
    }
    return CVR_OK;
}
