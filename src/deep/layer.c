/* Closed forms of one layer: least squares for V, and P of the a-step below. */
#include "deep/layer.h"

#include <float.h>
#include <math.h>

#include "base/log.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/threads.h"

/* A ridge that falls stops here: below, networks fit the noise of their rows. */
static const double LEAST_RIDGE = 5e-3;

cvr_mat cvr_deep_shaped(cvr_mat column, int64_t rows, int64_t cols)
{
    return cvr_mat_reshape(cvr_mat_part(column, 0, 0, rows * cols, 1), rows, cols);
}

/* ---- the W-step ----------------------------------------------------------------- */

void cvr_deep_lower_ridge(cvr_deep_fit *fit, int64_t iteration)
{
    double low = fmin(fit->first_ridge, LEAST_RIDGE);
    if (fit->halving > 0)
        fit->ridge =
            fmax(low, ldexp(fit->first_ridge,
                            -(int)fmin((double)(iteration / fit->halving), 1000)));
}

/* trace(G), and the inputs that are 0 on every row. */
static double trace(cvr_deep_layer *layer)
{
    double sum = 0;
    layer->dead = 0;
    for (int64_t j = 0; j < layer->in; j++) {
        double size2 = cvr_get(layer->G, j, j);
        layer->dead += size2 == 0;
        sum += size2;
    }
    return sum;
}

/* L = G + eps I, eps with the proximal weight; a free bias has that alone. */
static void add_ridge(cvr_deep_layer *layer, double eps)
{
    int64_t last = layer->in - 1;
    cvr_copy(layer->L, layer->G);
    cvr_add_diag(layer->L, eps);
    if (layer->free)
        cvr_set(layer->L, last, last, cvr_get(layer->G, last, last) + layer->mu);
}

cvr_status cvr_deep_factor(cvr_deep_layer *layer, cvr_deep_fit *fit)
{
    enum { TRIES = 40 };
    double mean = (layer->trace = trace(layer)) / (double)layer->in;
    double eps = mean == 0 ? 1 : (fit->ridge + fit->damping) * mean;
    cvr_status status = CVR_NUMERICAL;
    layer->mu = fit->damping * mean;
    layer->ridge = fit->ridge;
    fit->finite = fit->finite && isfinite(mean);
    if (!isfinite(mean))
        return CVR_OK;
    if (fit->majorised) {
        add_ridge(layer, eps);
        cvr_symmetrize(layer->L);
        return CVR_OK;
    }
    for (int k = 0; k < TRIES && status != CVR_OK; k++) {
        add_ridge(layer, eps);
        status = cvr_potrf(layer->L);
        if (status == CVR_OK)
            break;
        eps = eps > 0 ? 10 * eps : 1e-14 * mean;
        fit->escalations++;
        cvr_note(CVR_LOG_NOTE, "layer %d: the ridge is raised to %.1e of the mean square",
                 layer->number, eps / mean);
    }
    return status;
}

/* One layer whose columns the threads share. */
typedef struct columns {
    cvr_deep_layer *layer;
    int threads;
} columns;

/* S = (L L')^{-1} S, a thread's columns of it. */
static void solve_columns(void *ctx, int thread)
{
    const columns *c = ctx;
    int64_t out = c->layer->out, first = out * thread / c->threads;
    int64_t count = out * (thread + 1) / c->threads - first;
    if (count > 0)
        cvr_potrs(c->layer->L, cvr_mat_cols(c->layer->S, first, count));
}

/* ---- down the gradient ---------------------------------------------------------- */

double cvr_deep_length(double first, double d2, double q)
{
    if (!(d2 > 0))
        return 0;
    return q * first > d2 ? ldexp(first, -(int)ceil(log2(q * first / d2))) : first;
}

/* C = L B + beta C, the threads' columns of it. */
typedef struct times {
    cvr_mat C, L, B;
    double beta;
    int threads;
} times;

static void times_columns(void *ctx, int thread)
{
    const times *t = ctx;
    int64_t out = t->C.cols, first = out * thread / t->threads;
    int64_t count = out * (thread + 1) / t->threads - first;
    if (count > 0)
        cvr_gemm(cvr_mat_cols(t->C, first, count), 1, CVR_N, t->L, CVR_N,
                 cvr_mat_cols(t->B, first, count), t->beta);
}

/* S = before - s D, where S is that of the W-step and L is not factored. */
static void descend(cvr_deep_layer *layer, cvr_deep_fit *fit, cvr_mat before)
{
    cvr_mat D = layer->S, Q = cvr_deep_shaped(fit->curve, layer->in, layer->out);
    double first = layer->trace > 0 ? (double)layer->in / layer->trace : 1;
    cvr_parallel_for(fit->threads, times_columns,
                     &(times){D, layer->L, before, -1, fit->threads});
    cvr_parallel_for(fit->threads, times_columns,
                     &(times){Q, layer->L, D, 0, fit->threads});
    double length = cvr_deep_length(first, cvr_dot(D, D), cvr_dot(D, Q));
    cvr_axpby(layer->S, 1, before, -length);
}

/* ---- V -------------------------------------------------------------------------- */

void cvr_deep_solve(cvr_deep_layer *layer, cvr_deep_fit *fit)
{
    cvr_mat before = cvr_deep_shaped(fit->scratch, layer->in, layer->out);
    if (!fit->finite)
        return;
    cvr_copy(before, layer->V);
    cvr_axpby(layer->S, layer->mu, before, 1);
    if (fit->majorised)
        descend(layer, fit, before);
    else
        cvr_parallel_for(fit->threads, solve_columns, &(columns){layer, fit->threads});
    fit->finite = cvr_all_finite(layer->S);
    if (!fit->finite)
        return;
    cvr_copy(layer->V, layer->S);
    cvr_axpby(before, 1, layer->S, -1);
    fit->change2 += cvr_dot(before, before);
    fit->size2 += cvr_dot(layer->S, layer->S);
}

/* ---- the a-step below ----------------------------------------------------------- */

cvr_status cvr_deep_couple(cvr_deep_layer *layer, double r)
{
    cvr_mat V = cvr_mat_rows(layer->S, 0, layer->units);
    cvr_status status = CVR_OK;
    cvr_gram(layer->K, layer->b, CVR_T, V, 0);
    cvr_add_diag(layer->K, r);
    CVR_TRY(cvr_potrf(layer->K));
    cvr_transpose(layer->P64, V);
    cvr_potrs(layer->K, layer->P64);
    cvr_scale(layer->P64, layer->b);
    cvr_copy(layer->P, layer->P64);
done:
    return status;
}

/* ---- making --------------------------------------------------------------------- */

cvr_status cvr_deep_penalties(cvr_deep_layer *layers, int depth, double top,
                              double activation, double weights)
{
    double b = top;
    cvr_status status = CVR_OK;
    for (cvr_deep_layer *layer = layers + depth - 1; layer >= layers; layer--) {
        if (layer->number < depth) {
            layer->r = layer->g = activation * b;
            b = weights * layer->g;
        }
        layer->b = b;
        if (b < DBL_MIN || layer->g > DBL_MAX || b > DBL_MAX)
            CVR_FAIL(CVR_USAGE,
                     "layer %d would have the penalties g = %g and b = %g: choose "
                     "--penalty-activation and --penalty-weights nearer to 1",
                     layer->number, layer->g, b);
    }
done:
    return status;
}

static void lay_weights(cvr_workspace *w, const char *name, cvr_mat *A, int64_t rows,
                        int64_t cols, const bool *saves)
{
    if (saves)
        cvr_lay_total(w, name, A, w->type, rows, cols, *saves);
    else
        cvr_lay(w, CVR_SHARED, name, A, rows, cols);
}

void cvr_deep_layer_lay_out(cvr_deep_layer *layer, cvr_workspace *w, bool apart,
                            bool saves)
{
    const bool *gives = apart ? &saves : NULL;
    int64_t in = layer->in, out = layer->out, units = layer->units;
    cvr_workspace_push(w, "layer", layer->number);
    lay_weights(w, "V", &layer->V, in, out, gives);
    cvr_lay_count(w, "dead", &layer->dead);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &layer->G, in, in);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &layer->L, in, in);
    if (layer->number > 1) {
        lay_weights(w, "P", &layer->P, out, units, gives);
        cvr_lay_double(w, CVR_SCRATCH, NULL, &layer->P64, out, units);
        cvr_lay_double(w, CVR_SCRATCH, NULL, &layer->K, out, out);
    }
    cvr_workspace_pop(w);
}
