/* The two-loop recursion and its line search. */
#include "solver/lbfgs.h"

#include <math.h>

#include "linalg/mats.h"

enum { TRIALS = 40 }; /* evaluations of a line search */

static cvr_status evaluate(cvr_lbfgs *l, cvr_mat x, double *value, cvr_mat g)
{
    l->here = false;
    return l->function(l->state, x, value, g);
}

/* ---- direction --------------------------------------------------------------------- */

static int64_t kept(const cvr_lbfgs *l)
{
    return l->pairs < l->memory ? l->pairs : l->memory;
}

/* Pair i of those that are kept, 0 the newest. */
static int64_t column(const cvr_lbfgs *l, int64_t i)
{
    return (l->pairs - 1 - i) % l->memory;
}

void cvr_lbfgs_direction(cvr_lbfgs *l)
{
    double *a = l->a, *sy = l->a + l->memory;
    int64_t count = kept(l);
    cvr_axpby(l->p, -1, l->g, 0);
    for (int64_t i = 0; i < count; i++) {
        cvr_mat s = cvr_mat_cols(l->S, column(l, i), 1);
        cvr_mat y = cvr_mat_cols(l->Y, column(l, i), 1);
        sy[i] = cvr_dot(s, y);
        a[i] = cvr_dot(s, l->p) / sy[i];
        cvr_axpby(l->p, -a[i], y, 1);
    }
    if (count > 0) {
        cvr_mat y = cvr_mat_cols(l->Y, column(l, 0), 1);
        cvr_scale(l->p, sy[0] / cvr_dot(y, y));
    }
    for (int64_t i = count; i-- > 0;) {
        cvr_mat s = cvr_mat_cols(l->S, column(l, i), 1);
        cvr_mat y = cvr_mat_cols(l->Y, column(l, i), 1);
        cvr_axpby(l->p, a[i] - cvr_dot(y, l->p) / sy[i], s, 1);
    }
}

/* ---- line search ------------------------------------------------------------------- */

/* The next trial between low, where f has fallen enough, and high, where it has not: by
   the parabola through f, its slope and the trial from the start, else by halves. */
static double next_length(double low, double high, double t, double drop, double slope)
{
    double curve = drop - slope * t, to = -slope * t * t / (2 * curve);
    if (isinf(high))
        return 2 * t;
    if (low > 0 || !(curve > 0) || !isfinite(to))
        return (low + high) / 2;
    return fmin(fmax(to, 0.1 * high), 0.5 * high);
}

/* x + t p in l->to, with value and gradient. */
static cvr_status try_length(cvr_lbfgs *l, double t, double *value)
{
    cvr_copy(l->to, l->x);
    cvr_axpby(l->to, t, l->p, 1);
    return evaluate(l, l->to, value, l->h);
}

/* The point of l->to is lower: on a kink, or where rounding hides the slope, the lowest
   that was found is good enough. */
static cvr_status search(cvr_lbfgs *l, double t, double *value, bool *lower)
{
    double slope = cvr_dot(l->g, l->p), low = 0, high = INFINITY;
    cvr_status status = CVR_OK;
    *lower = false;
    for (int k = 0; k < TRIALS; k++) {
        CVR_TRY(try_length(l, t, value));
        bool falls = *value <= l->value + 1e-4 * t * slope;
        if (falls && cvr_dot(l->h, l->p) >= 0.9 * slope) {
            *lower = *value < l->value;
            return CVR_OK;
        }
        if (falls)
            low = t;
        else
            high = t;
        t = next_length(low, high, t, *value - l->value, slope);
    }
    if (low > 0) {
        CVR_TRY(try_length(l, low, value));
        *lower = *value < l->value;
    }
done:
    return status;
}

/* The first step has no scale but that of the gradient. */
static double first_length(const cvr_lbfgs *l)
{
    double size = sqrt(cvr_dot(l->g, l->g));
    return l->pairs > 0 || size <= 1 ? 1 : 1 / size;
}

/* ---- one iteration ----------------------------------------------------------------- */

/* From x to l->to; a pair is kept when it tells of a curvature. */
static void arrive(cvr_lbfgs *l, double value)
{
    cvr_mat s = cvr_mat_cols(l->S, l->pairs % l->memory, 1);
    cvr_mat y = cvr_mat_cols(l->Y, l->pairs % l->memory, 1);
    cvr_axpby(l->x, 1, l->to, -1);
    cvr_axpby(l->g, 1, l->h, -1);
    double sy = cvr_dot(l->x, l->g), yy = cvr_dot(l->g, l->g);
    if (sy > 1e-14 * yy) {
        cvr_copy(s, l->x);
        cvr_copy(y, l->g);
        l->pairs++;
    }
    cvr_copy(l->x, l->to);
    cvr_copy(l->g, l->h);
    l->value = value;
    l->here = true;
}

/* When a direction has no lower point, once more along the steepest descent; when that
   has none either, it is stuck and later steps do nothing. */
cvr_status cvr_lbfgs_step(cvr_lbfgs *l)
{
    double value = 0;
    bool lower = false;
    int64_t pairs = l->pairs;
    cvr_status status = CVR_OK;
    if (l->stuck)
        return CVR_OK;
    cvr_lbfgs_direction(l);
    if (cvr_dot(l->g, l->p) < 0)
        CVR_TRY(search(l, first_length(l), &value, &lower));
    if (!lower && l->pairs > 0) {
        l->pairs = 0;
        cvr_lbfgs_direction(l);
        CVR_TRY(search(l, first_length(l), &value, &lower));
    }
    l->stuck = !lower;
    if (lower)
        arrive(l, value);
done:
    if (status != CVR_OK)
        l->pairs = pairs;
    return status;
}

cvr_status cvr_lbfgs_settle(cvr_lbfgs *l)
{
    double value;
    cvr_status status = CVR_OK;
    if (!l->here)
        CVR_TRY(evaluate(l, l->x, &value, l->h));
    l->here = true;
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

cvr_status cvr_lbfgs_lay_out(cvr_lbfgs *l, cvr_workspace *w, bool saved)
{
    cvr_mark mark = saved ? CVR_SHARED : CVR_SCRATCH;
    cvr_workspace_push(w, "lbfgs", 0);
    cvr_lay_double(w, mark, "x", &l->x, l->N, 1);
    cvr_lay_double(w, mark, "g", &l->g, l->N, 1);
    cvr_lay_double(w, mark, "S", &l->S, l->N, l->memory);
    cvr_lay_double(w, mark, "Y", &l->Y, l->N, l->memory);
    CVR_LAY_DOUBLE(w, l->N, 1, &l->p, &l->to, &l->h);
    if (saved) {
        cvr_lay_real(w, "value", &l->value);
        cvr_lay_count(w, "pairs", &l->pairs);
        cvr_lay_switch(w, "stuck", &l->stuck);
    }
    cvr_workspace_pop(w);
    return cvr_lay_array(w, (void **)&l->a, 2 * l->memory, sizeof *l->a);
}

cvr_status cvr_lbfgs_start(cvr_lbfgs *l)
{
    cvr_status status = CVR_OK;
    l->pairs = 0;
    l->stuck = false;
    CVR_TRY(evaluate(l, l->x, &l->value, l->g));
    l->here = true;
done:
    return status;
}
