/* Rows are few numbers each: all of this runs on the host, in double. */
#include "convex/misfit.h"

#include <math.h>
#include <string.h>

#include "convex/options.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

/* ---- rows -------------------------------------------------------------------------- */

/* to = A row after row, and back. */
static void read_rows(const cvr_misfit *fit, cvr_mat A, double *to)
{
    cvr_mat turned = {fit->C, fit->n, fit->C, CVR_DOUBLE, cvr_cpu(), to};
    cvr_mat plain = {fit->n, fit->C, fit->n, CVR_DOUBLE, cvr_cpu(), fit->g};
    cvr_copy(plain, A);
    cvr_transpose(turned, plain);
}

static void write_rows(const cvr_misfit *fit, cvr_mat A, const double *from)
{
    cvr_mat turned = {fit->C, fit->n, fit->C, CVR_DOUBLE, cvr_cpu(), (double *)from};
    cvr_mat plain = {fit->n, fit->C, fit->n, CVR_DOUBLE, cvr_cpu(), fit->g};
    cvr_transpose(plain, turned);
    cvr_copy(A, plain);
}

/* sum omega l(s f + b) of own rows, f at hand. */
static double own_value(const cvr_misfit *fit, double s, const double *b)
{
    double sum = 0, *z = fit->row, *slope = z + fit->C;
    for (int64_t i = 0; i < fit->n; i++) {
        for (int64_t c = 0; c < fit->C; c++)
            z[c] = s * fit->f[i * fit->C + c] + b[c];
        sum += fit->omega[i] *
               fit->loss.row(&fit->loss, fit->C, z, fit->y + i * fit->C, slope);
    }
    return sum;
}

/* sums[c] = sum omega l'_c(f + b) over all rows, f at hand. */
static cvr_status slopes(const cvr_misfit *fit, const double *b, double *sums)
{
    double *z = fit->row, *slope = z + fit->C;
    for (int64_t c = 0; c < fit->C; c++)
        sums[c] = 0;
    for (int64_t i = 0; i < fit->n; i++) {
        for (int64_t c = 0; c < fit->C; c++)
            z[c] = fit->f[i * fit->C + c] + b[c];
        fit->loss.row(&fit->loss, fit->C, z, fit->y + i * fit->C, slope);
        for (int64_t c = 0; c < fit->C; c++)
            sums[c] += fit->omega[i] * slope[c];
    }
    return cvr_allreduce_sum(fit->comm, sums, (int)fit->C);
}

/* ---- constants --------------------------------------------------------------------- */

/* Of each column, between which b the sum of slopes changes its sign, and the sums. */
typedef struct bracket {
    double *low, *high, *at_low, *at_high;
} bracket;

static bracket brackets(const cvr_misfit *fit)
{
    double *x = fit->row + 2 * fit->C;
    return (bracket){x, x + fit->C, x + 2 * fit->C, x + 3 * fit->C};
}

/* From b outwards, by steps that double. */
static cvr_status enclose(const cvr_misfit *fit, const bracket *k, const double *b,
                          double step)
{
    cvr_status status = CVR_OK;
    bool open = true;
    for (int64_t c = 0; c < fit->C; c++)
        k->low[c] = k->high[c] = b[c];
    for (int round = 0; open && round < 80; round++, step *= 4) {
        CVR_TRY(slopes(fit, k->low, k->at_low));
        CVR_TRY(slopes(fit, k->high, k->at_high));
        open = false;
        for (int64_t c = 0; c < fit->C; c++) {
            bool left = k->at_low[c] > 0, right = k->at_high[c] < 0;
            if (left || round == 0)
                k->low[c] = b[c] - step;
            if (right || round == 0)
                k->high[c] = b[c] + step;
            open = open || left || right || round == 0;
        }
    }
done:
    return status;
}

/* Halves, and secants in between; until both ends are neighbours or a slope is 0. */
static cvr_status narrow(const cvr_misfit *fit, const bracket *k)
{
    double *b = fit->b, *sums = fit->row + 6 * fit->C;
    bool smooth = isfinite(fit->loss.curvature);
    cvr_status status = CVR_OK;
    for (int round = 0; round < 140; round++) {
        bool done = true;
        for (int64_t c = 0; c < fit->C; c++) {
            double low = k->low[c], high = k->high[c],
                   wide = k->at_high[c] - k->at_low[c];
            double secant = low - k->at_low[c] * (high - low) / wide;
            b[c] = (smooth ? round % 4 < 3 : round % 2) && secant > low && secant < high
                       ? secant
                       : low + (high - low) / 2;
            done = done && (high - low <= 4e-16 * (fabs(low) + fabs(high)) || wide == 0);
        }
        if (done)
            break;
        CVR_TRY(slopes(fit, b, sums));
        for (int64_t c = 0; c < fit->C; c++) {
            double rounding = smooth ? 1e-14 * fit->total : 0;
            bool left = sums[c] <= rounding, right = sums[c] >= -rounding;
            if (left) {
                k->low[c] = b[c];
                k->at_low[c] = sums[c];
            }
            if (right) {
                k->high[c] = b[c];
                k->at_high[c] = sums[c];
            }
        }
    }
done:
    return status;
}

/* At f + b: H = sum omega (diag(p) - p p'), step = sum omega (p - y). */
static cvr_status softmax_moments(const cvr_misfit *fit)
{
    int64_t C = fit->C;
    double *z = fit->row, *slope = z + C;
    cvr_status status = CVR_OK;
    cvr_fill(fit->H, 0);
    cvr_fill(fit->step, 0);
    for (int64_t i = 0; i < fit->n; i++) {
        const double *y = fit->y + i * C;
        for (int64_t c = 0; c < C; c++)
            z[c] = fit->f[i * C + c] + fit->b[c];
        fit->loss.row(&fit->loss, C, z, y, slope);
        for (int64_t c = 0; c < C; c++) {
            double p = slope[c] + y[c], w = fit->omega[i];
            cvr_set(fit->step, c, 0, cvr_get(fit->step, c, 0) + w * slope[c]);
            for (int64_t k = 0; k <= c; k++)
                cvr_set(fit->H, c, k,
                        cvr_get(fit->H, c, k) +
                            w * ((c == k) * p - p * (slope[k] + y[k])));
        }
    }
    CVR_TRY(cvr_allreduce(fit->comm, fit->H));
    CVR_TRY(cvr_allreduce(fit->comm, fit->step));
done:
    return status;
}

/* Newton's method, in steps that are halved until the value does not rise. */
static cvr_status softmax_constants(const cvr_misfit *fit)
{
    double *to = fit->row + 2 * fit->C, value, next;
    cvr_status status = CVR_OK;
    value = own_value(fit, 1, fit->b);
    CVR_TRY(cvr_allreduce_sum(fit->comm, &value, 1));
    for (int round = 0; round < 30; round++) {
        CVR_TRY(softmax_moments(fit));
        if (cvr_max_abs(fit->step) <= 1e-14 * fit->total)
            break;
        cvr_add_diag(fit->H, 1e-9 * fit->total);
        CVR_TRY(cvr_potrf(fit->H));
        cvr_potrs(fit->H, fit->step);
        for (double k = 1; k > 1e-6; k /= 2) {
            for (int64_t c = 0; c < fit->C; c++)
                to[c] = fit->b[c] - k * cvr_get(fit->step, c, 0);
            next = own_value(fit, 1, to);
            CVR_TRY(cvr_allreduce_sum(fit->comm, &next, 1));
            if (next <= value)
                break;
        }
        if (!(next < value))
            break;
        value = next;
        memcpy(fit->b, to, (size_t)fit->C * sizeof *to);
    }
done:
    return status;
}

/* At f. */
static cvr_status find_constants(const cvr_misfit *fit, double step)
{
    bracket k = brackets(fit);
    cvr_status status = CVR_OK;
    if (!fit->free)
        return CVR_OK;
    if (fit->loss.targets == CVR_TARGETS_ONE_HOT)
        return softmax_constants(fit);
    CVR_TRY(enclose(fit, &k, fit->b, step));
    CVR_TRY(narrow(fit, &k));
done:
    return status;
}

cvr_status cvr_misfit_constants(const cvr_misfit *fit, cvr_mat F)
{
    read_rows(fit, F, fit->f);
    return find_constants(fit, 1e-4);
}

/* ---- the dual point of constant predictions ---------------------------------------- */

/* Theta = -omega ((1 - r) l'(low) + r l'(high)), r so that each column's sum is 0. */
cvr_status cvr_misfit_first_dual(const cvr_misfit *fit, cvr_mat Theta)
{
    int64_t C = fit->C;
    bracket k = brackets(fit);
    double *z = fit->row, *slope = fit->row + C, *sums = fit->row + 6 * C;
    cvr_status status = CVR_OK;
    memset(fit->f, 0, (size_t)(fit->n * C) * sizeof *fit->f);
    if (!fit->free || fit->loss.targets == CVR_TARGETS_ONE_HOT) {
        for (int64_t c = 0; c < C; c++)
            k.low[c] = k.high[c] = fit->b0[c];
    } else {
        CVR_TRY(enclose(fit, &k, fit->b0, 1));
        CVR_TRY(narrow(fit, &k));
    }
    CVR_TRY(slopes(fit, k.low, k.at_low));
    CVR_TRY(slopes(fit, k.high, k.at_high));
    for (int64_t c = 0; c < C; c++)
        sums[c] = k.at_high[c] > k.at_low[c] && fit->free
                      ? -k.at_low[c] / (k.at_high[c] - k.at_low[c])
                      : 0;
    for (int64_t i = 0; i < fit->n; i++)
        for (int side = 0; side < 2; side++) {
            memcpy(z, side ? k.high : k.low, (size_t)C * sizeof *z);
            fit->loss.row(&fit->loss, C, z, fit->y + i * C, slope);
            for (int64_t c = 0; c < C; c++)
                fit->f[i * C + c] -=
                    fit->omega[i] * slope[c] * (side ? sums[c] : 1 - sums[c]);
        }
    write_rows(fit, Theta, fit->f);
    CVR_TRY(cvr_misfit_repair(fit, Theta));
done:
    return status;
}

/* ---- values ------------------------------------------------------------------------ */

cvr_status cvr_misfit_value(const cvr_misfit *fit, cvr_mat F, double s, const double *b,
                            double *value)
{
    read_rows(fit, F, fit->f);
    *value = own_value(fit, s, b);
    return cvr_allreduce_sum(fit->comm, value, 1);
}

/* Golden section: the value is convex in s. */
cvr_status cvr_misfit_multiple(const cvr_misfit *fit, cvr_mat F, const double penalty[2],
                               double *s, double *value)
{
    const double golden = 0.6180339887498949;
    double low = 0.5, high = 1.5, best = 1, least, x[2], at[2];
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_misfit_value(fit, F, 1, fit->b, &least));
    least += penalty[0] + penalty[1];
    for (int round = 0; round < 10; round++) { /* at the optimum it is 1 */
        x[0] = high - golden * (high - low);
        x[1] = low + golden * (high - low);
        for (int k = 0; k < 2; k++)
            at[k] = own_value(fit, x[k], fit->b);
        CVR_TRY(cvr_allreduce_sum(fit->comm, at, 2));
        for (int k = 0; k < 2; k++)
            if ((at[k] += x[k] * (penalty[0] + x[k] * penalty[1])) < least) {
                least = at[k];
                best = x[k];
            }
        if (at[0] < at[1])
            high = x[1];
        else
            low = x[0];
    }
    *s = best;
    *value = least;
done:
    return status;
}

void cvr_misfit_nearest(const cvr_misfit *fit, cvr_mat Z, cvr_mat Theta, double rho)
{
    int64_t C = fit->C;
    double *slope = fit->row;
    read_rows(fit, Z, fit->f);
    for (int64_t i = 0; i < fit->n; i++) {
        fit->loss.nearest(&fit->loss, C, fit->f + i * C, fit->y + i * C,
                          fit->omega[i] / rho, slope);
        for (int64_t c = 0; c < C; c++)
            fit->h[i * C + c] = -fit->omega[i] * slope[c];
    }
    write_rows(fit, Z, fit->f);
    write_rows(fit, Theta, fit->h);
}

void cvr_misfit_slopes(const cvr_misfit *fit, cvr_mat F, cvr_mat Theta)
{
    int64_t C = fit->C;
    double *z = fit->row, *slope = z + C;
    read_rows(fit, F, fit->f);
    for (int64_t i = 0; i < fit->n; i++) {
        for (int64_t c = 0; c < C; c++)
            z[c] = fit->f[i * C + c] + fit->b[c];
        fit->loss.row(&fit->loss, C, z, fit->y + i * C, slope);
        for (int64_t c = 0; c < C; c++)
            fit->h[i * C + c] = -fit->omega[i] * slope[c];
    }
    write_rows(fit, Theta, fit->h);
}

/* ---- dual points ------------------------------------------------------------------- */

/* The heavier of the positive and the negative entries of a column moves towards 0. */
static void balance_columns(const cvr_misfit *fit, const double *parts)
{
    for (int64_t c = 0; c < fit->C; c++) {
        double up = parts[2 * c], down = parts[2 * c + 1];
        for (int64_t i = 0; i < fit->n; i++) {
            double *x = &fit->f[i * fit->C + c];
            if (*x > 0 && up > down)
                *x *= down / up;
            if (*x < 0 && down > up)
                *x *= up / down;
        }
    }
}

/* p = y - theta / omega gets the right sums of columns by a shift of all rows, and as
   much of the prior, which has them, as makes p >= 0. */
static cvr_status balance_simplex(const cvr_misfit *fit, const double *parts)
{
    int64_t C = fit->C;
    double *prior = fit->row, most = 0;
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < C; c++)
        prior[c] = exp(fit->b0[c]); /* b0 = log prior */
    for (int64_t i = 0; i < fit->n * C; i++) {
        int64_t c = i % C;
        double w = fit->omega[i / C],
               shift = (parts[2 * c] - parts[2 * c + 1]) / fit->total;
        double p = fit->h[i] = fit->y[i] - fit->f[i] / w + shift;
        if (p < 0)
            most = fmax(most, -p / (prior[c] - p));
    }
    CVR_TRY(cvr_allreduce_max(fit->comm, &most, 1));
    for (int64_t i = 0; i < fit->n * C; i++) {
        double p = (1 - most) * fit->h[i] + most * prior[i % C];
        fit->f[i] = fit->omega[i / C] * (fit->y[i] - fmax(p, 0));
    }
done:
    return status;
}

cvr_status cvr_misfit_repair(const cvr_misfit *fit, cvr_mat Theta)
{
    int64_t C = fit->C;
    double *parts = fit->row + 2 * C; /* sums of positive and of negative entries */
    cvr_status status = CVR_OK;
    if (!fit->free)
        return CVR_OK;
    read_rows(fit, Theta, fit->f);
    memset(parts, 0, (size_t)(2 * C) * sizeof *parts);
    for (int64_t i = 0; i < fit->n * C; i++)
        parts[2 * (i % C) + (fit->f[i] < 0)] += fabs(fit->f[i]);
    CVR_TRY(cvr_allreduce_sum(fit->comm, parts, (int)(2 * C)));
    if (fit->loss.targets == CVR_TARGETS_ONE_HOT)
        CVR_TRY(balance_simplex(fit, parts));
    else
        balance_columns(fit, parts);
    write_rows(fit, Theta, fit->f);
done:
    return status;
}

/* -sum omega l*(-t theta / omega) of own rows, theta in f. */
static double own_dual(const cvr_misfit *fit, double t)
{
    double sum = 0, *theta = fit->row;
    for (int64_t i = 0; i < fit->n; i++) {
        for (int64_t c = 0; c < fit->C; c++)
            theta[c] = -t * fit->f[i * fit->C + c] / fit->omega[i];
        sum -= fit->omega[i] *
               fit->loss.conjugate(&fit->loss, fit->C, theta, fit->y + i * fit->C);
    }
    return sum;
}

/* Softmax: rows of theta add up to 0, but for the rounding of single precision. */
static void close_rows(const cvr_misfit *fit)
{
    for (int64_t i = 0; i < fit->n; i++) {
        double sum = 0, *theta = fit->f + i * fit->C;
        for (int64_t c = 0; c < fit->C; c++)
            sum += theta[c];
        for (int64_t c = 0; c < fit->C; c++)
            theta[c] -= fit->y[i * fit->C + c] * sum;
    }
}

/* It is concave in t: golden section, and both ends. */
cvr_status cvr_misfit_dual(const cvr_misfit *fit, cvr_mat Theta, double most,
                           const cvr_misfit_less *less, double *value)
{
    const double golden = 0.6180339887498949;
    double one = Theta.type == CVR_DOUBLE ? 1 : 1 - 1e-6; /* inside, whatever rounding */
    double low = 0, high = fmin(most, 2), x[2] = {fmin(one, most), high}, at[2];
    double best = 0;
    cvr_status status = CVR_OK;
    read_rows(fit, Theta, fit->f);
    if (fit->loss.targets == CVR_TARGETS_ONE_HOT)
        close_rows(fit);
    for (int round = 0; round < 12; round++) { /* at the optimum it is an end */
        for (int k = 0; k < 2; k++)
            at[k] = own_dual(fit, x[k]);
        CVR_TRY(cvr_allreduce_sum(fit->comm, at, 2));
        for (int k = 0; k < 2 && less; k++)
            at[k] -= less->square(less->of, x[k]);
        best = fmax(best, fmax(at[0], at[1]));
        if (round > 0 && at[0] > at[1])
            high = x[1];
        else if (round > 0)
            low = x[0];
        x[0] = high - golden * (high - low);
        x[1] = low + golden * (high - low);
    }
    *value = best;
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

cvr_status cvr_misfit_choose(const cvr_problem *problem, cvr_misfit *fit)
{
    const cvr_convex_options *o = cvr_convex_options_of(problem);
    bool classes = problem->train->task == CVR_CLASSIFY;
    fit->loss = *cvr_losses[o->loss];
    fit->W = problem->W;
    fit->other = o->loss > 0 || o->elastic > 0 || o->outer > 0;
    if (cvr_losses[o->loss] == &cvr_loss_huber)
        fit->loss.shape = o->huber_width;
    if (cvr_losses[o->loss] == &cvr_loss_quantile)
        fit->loss.shape = o->quantile;
    fit->n = problem->X.rows;
    fit->C = problem->Y.cols;
    fit->comm = problem->comm;
    fit->free = problem->train->transform.bias == CVR_BIAS_FREE;
    if (!classes && fit->loss.targets != CVR_TARGETS_VALUES)
        return cvr_fail(CVR_USAGE, "--loss %s is for classes, but the targets are values",
                        fit->loss.name);
    if (fit->C == 1 && fit->loss.targets == CVR_TARGETS_ONE_HOT) {
        cvr_fail(CVR_USAGE, "--loss %s is for three classes or more", fit->loss.name);
        cvr_hint("for two classes it is --loss logistic");
        return CVR_USAGE;
    }
    return CVR_OK;
}

cvr_status cvr_misfit_lay_out(cvr_misfit *fit, cvr_workspace *w)
{
    int64_t n = fit->n, C = fit->C;
    bool softmax = fit->loss.targets == CVR_TARGETS_ONE_HOT;
    double **const list[] = {&fit->y, &fit->f, &fit->g, &fit->h};
    cvr_status status = CVR_OK;
    for (int k = 0; k < 4 && fit->other; k++)
        CVR_TRY(cvr_lay_array(w, (void **)list[k], n * C, sizeof(double)));
    CVR_TRY(cvr_lay_array(w, (void **)&fit->omega, n, sizeof(double)));
    CVR_TRY(cvr_lay_array(w, (void **)&fit->row, 8 * C, sizeof(double)));
    CVR_TRY(cvr_lay_array(w, (void **)&fit->b, 2 * C, sizeof(double)));
    fit->b0 = fit->b + C;
    cvr_lay_reals(w, "constants", fit->b, fit->other ? C : 0);
    CVR_LAY_DOUBLE(w, softmax ? C : 0, softmax ? C : 0, &fit->H);
    CVR_LAY_DOUBLE(w, softmax ? C : 0, 1, &fit->step);
done:
    return status;
}

/* A constant for one class alone grows without end. */
static cvr_status check_classes(const cvr_misfit *fit)
{
    double *most = fit->row;
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < 2 * fit->C; c++)
        most[c] = -1;
    for (int64_t i = 0; i < fit->n * fit->C; i++)
        most[2 * (i % fit->C) + (fit->y[i] > 0.5)] = 1;
    CVR_TRY(cvr_allreduce_max(fit->comm, most, (int)(2 * fit->C)));
    for (int64_t c = 0; c < 2 * fit->C; c++)
        if (most[c] < 0) {
            cvr_fail(CVR_BAD_DATA, "--loss %s: rows of one class only", fit->loss.name);
            cvr_hint("with --bias penalised or none there is no constant to run away");
            return CVR_BAD_DATA;
        }
done:
    return status;
}

/* Of softmax the best constants are the logarithms of the classes' shares. */
static cvr_status name_priors(const cvr_misfit *fit)
{
    int64_t C = fit->C;
    cvr_status status = CVR_OK;
    if (!fit->free || fit->loss.targets != CVR_TARGETS_ONE_HOT)
        return CVR_OK;
    memset(fit->b, 0, (size_t)C * sizeof *fit->b);
    for (int64_t i = 0; i < fit->n * C; i++)
        fit->b[i % C] += fit->omega[i / C] * fit->y[i];
    CVR_TRY(cvr_allreduce_sum(fit->comm, fit->b, (int)C));
    for (int64_t c = 0; c < C; c++)
        fit->b[c] = log(fit->b[c] / fit->total);
done:
    return status;
}

cvr_status cvr_misfit_start(cvr_misfit *fit, const cvr_problem *problem)
{
    int64_t C = fit->C;
    bool labels = fit->loss.targets == CVR_TARGETS_LABELS;
    cvr_status status = CVR_OK;
    if (!fit->other)
        return CVR_OK;
    read_rows(fit, problem->Y, fit->y);
    for (int64_t i = 0; i < fit->n * C && labels; i++)
        fit->y[i] = fit->y[i] > (C > 1 ? 0.5 : 0) ? 1 : -1;
    fit->total = 0;
    for (int64_t i = 0; i < fit->n; i++)
        fit->total += fit->omega[i] = fit->W.data ? cvr_get(fit->W, i, 0) : 1;
    CVR_TRY(cvr_allreduce_sum(fit->comm, &fit->total, 1));
    if (fit->free && fit->loss.targets != CVR_TARGETS_VALUES)
        CVR_TRY(check_classes(fit));
    memset(fit->b, 0, (size_t)C * sizeof *fit->b);
    memset(fit->f, 0, (size_t)(fit->n * C) * sizeof *fit->f);
    CVR_TRY(find_constants(fit, 1));
    CVR_TRY(name_priors(fit));
    memcpy(fit->b0, fit->b, (size_t)C * sizeof *fit->b);
    memset(fit->f, 0, (size_t)(fit->n * C) * sizeof *fit->f);
    fit->value0 = own_value(fit, 1, fit->b0);
    CVR_TRY(cvr_allreduce_sum(fit->comm, &fit->value0, 1));
done:
    return status;
}
