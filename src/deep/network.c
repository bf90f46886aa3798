/* Weights of many layers by least squares whose sums are all that is communicated
   ("transpose reduction", Taylor et al. 2016):

       V_l = (sum a'a + (r + mu) I)^{-1} (sum a'z + mu V_l_old),    a = a_{l-1},  z = z_l

   a ridge r, and a step mu that holds on to the weights before.

   Sums and factors are in double. A message holds, for each layer, a'z and the lower
   triangle of a'a, whatever the number of rows; of the first layer a'z only, because its
   a is the data.

   The a-step below layer l, with V_ the rows of V without the bias:

       a = h + (z - [h 1] V) P,     P = b (g I + b V_'V_)^{-1} V_' */
#include "deep/lane.h"

#include <float.h>
#include <math.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "linalg/mats.h"
#include "parallel/heed.h"
#include "parallel/team.h"

/* A ridge that falls stops here: below, networks fit the noise of their rows. */
static const double LEAST_RIDGE = 5e-3;

/* Below this a Gram matrix in single precision is too coarse. */
static const double LEAST_NARROW_RIDGE = 1e-3;

cvr_mat cvr_deep_units(const cvr_deep_network *n, cvr_mat H)
{
    return cvr_mat_cols(H, 0, H.cols - n->bias);
}

/* V without the row of the bias. */
static cvr_mat without_bias(const cvr_deep_network *n, cvr_mat V)
{
    return cvr_mat_part(V, 0, 0, V.rows - n->bias, V.cols);
}

cvr_mat cvr_deep_shaped(cvr_mat column, int64_t rows, int64_t cols)
{
    return cvr_mat_reshape(cvr_mat_part(column, 0, 0, rows * cols, 1), rows, cols);
}

/* ---- sums ---------------------------------------------------------------------- */

void cvr_deep_forget(cvr_deep_network *n, int l, int count)
{
    for (int i = l; i < l + count; i++) {
        cvr_deep_collect(n, i); /* what no solution has asked for */
        cvr_fill(n->layers[i].S, 0);
        if (i > 0)
            cvr_fill(n->layers[i].G, 0);
    }
}

/* Columns of the lower triangle of G, one after another: into the message or out of it.
 */
static void pack(cvr_deep_layer *layer, bool in)
{
    int64_t at = 0;
    for (int64_t j = 0; j < layer->in && layer->triangle.on; j++) {
        int64_t rows = layer->in - j;
        cvr_mat column = cvr_mat_part(layer->G, j, j, rows, 1);
        cvr_mat packed = cvr_mat_part(layer->triangle, at, 0, rows, 1);
        cvr_copy(in ? packed : column, in ? column : packed);
        at += rows;
    }
}

/* The part of the message that belongs to layers l .. l + count - 1. */
static cvr_mat message(const cvr_deep_network *n, int l, int count)
{
    int64_t first = 0, size = 0;
    for (int i = 0; i < l + count; i++) {
        const cvr_deep_layer *layer = &n->layers[i];
        int64_t own = layer->in * layer->out + layer->triangle.rows;
        if (i < l)
            first += own;
        else
            size += own;
    }
    return cvr_mat_part(n->sums, first, 0, size, 1);
}

static cvr_status reduce(cvr_deep_network *n, int l, int count)
{
    cvr_status status = CVR_OK;
    for (int i = l; i < l + count; i++) {
        cvr_deep_collect(n, i);
        pack(&n->layers[i], true);
    }
    CVR_TRY(cvr_allreduce(n->problem->comm, message(n, l, count)));
    for (int i = l; i < l + count; i++)
        pack(&n->layers[i], false);
done:
    return status;
}

/* ---- solutions ----------------------------------------------------------------- */

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

/* L = G + eps I; a free bias, the last input of the top layer, is only held back. */
static void add_ridge(const cvr_deep_network *n, cvr_deep_layer *layer, double eps)
{
    int64_t last = layer->in - 1;
    cvr_copy(layer->L, layer->G);
    cvr_add_diag(layer->L, eps);
    if (n->free && layer == &n->layers[n->depth - 1])
        cvr_set(layer->L, last, last, cvr_get(layer->G, last, last) + layer->pull);
}

/* L L' = G + eps I; where that breaks down, with ten times the eps. */
static cvr_status factor(cvr_deep_network *n, int l)
{
    enum { TRIES = 40 };
    cvr_deep_layer *layer = &n->layers[l];
    double mean = trace(layer) / (double)layer->in, eps = (n->ridge + n->damping) * mean;
    cvr_status status = CVR_NUMERICAL;
    layer->pull = n->damping * mean;
    layer->ridge = n->ridge;
    if (!isfinite(mean)) {
        n->finite = false;
        return CVR_OK;
    }
    if (mean == 0)
        eps = 1;
    for (int k = 0; k < TRIES && status != CVR_OK; k++) {
        add_ridge(n, layer, eps);
        status = cvr_potrf(layer->L);
        if (status == CVR_OK)
            break;
        eps = eps > 0 ? 10 * eps : 1e-14 * mean;
        n->escalations++;
        cvr_note(CVR_LOG_NOTE, "layer %d: the ridge is raised to %.1e of the mean square",
                 l + 1, eps / mean);
    }
    return status;
}

/* P = b (g I + b V_'V_)^{-1} V_' from V in double. */
static cvr_status prepare_back(cvr_deep_network *n, int l)
{
    cvr_deep_layer *layer = &n->layers[l];
    cvr_mat V = without_bias(n, layer->S);
    cvr_status status = CVR_OK;
    if (l == 0)
        return CVR_OK;
    cvr_gram(layer->K, layer->b, CVR_T, V, 0);
    cvr_add_diag(layer->K, n->layers[l - 1].g);
    CVR_TRY(cvr_potrf(layer->K));
    cvr_transpose(layer->wide_P, V);
    cvr_potrs(layer->K, layer->wide_P);
    cvr_scale(layer->wide_P, layer->b);
    cvr_copy(layer->P, layer->wide_P);
done:
    return status;
}

/* How far V moves. */
static void follow(cvr_deep_network *n, cvr_deep_layer *layer)
{
    cvr_mat change = cvr_deep_shaped(n->wide, layer->in, layer->out);
    cvr_copy(change, layer->V);
    cvr_axpby(change, 1, layer->S, -1);
    n->change2 += cvr_dot(change, change);
    n->size2 += cvr_dot(layer->S, layer->S);
}

/* S += pull V, the weights before. */
static void hold_back(cvr_deep_network *n, cvr_deep_layer *layer)
{
    cvr_mat before = cvr_deep_shaped(n->wide, layer->in, layer->out);
    cvr_copy(before, layer->V);
    cvr_axpby(layer->S, layer->pull, before, 1);
}

/* One layer whose columns the threads share. */
typedef struct columns {
    cvr_deep_layer *layer;
    int members;
} columns;

/* S = (L L')^{-1} S, a member's columns of it. */
static void solve_columns(void *ctx, int member)
{
    const columns *c = ctx;
    int64_t out = c->layer->out, first = out * member / c->members;
    int64_t count = out * (member + 1) / c->members - first;
    if (count > 0)
        cvr_potrs(c->layer->L, cvr_mat_cols(c->layer->S, first, count));
}

/* V = (G + eps I)^{-1} (S + pull V); V stays as it is when that is not finite. */
static cvr_status solve(cvr_deep_network *n, int l)
{
    cvr_deep_layer *layer = &n->layers[l];
    cvr_status status = CVR_OK;
    if (l > 0 || layer->ridge != n->ridge)
        CVR_TRY(factor(n, l));
    if (n->finite) {
        hold_back(n, layer);
        cvr_parallel_for(n->lane_count, solve_columns, &(columns){layer, n->lane_count});
    }
    n->finite = n->finite && cvr_all_finite(layer->S);
    if (!n->finite)
        return CVR_OK;
    follow(n, layer);
    cvr_copy(layer->V, layer->S);
    CVR_TRY(prepare_back(n, l));
done:
    return status;
}

void cvr_deep_lower_ridge(cvr_deep_network *n, int64_t iteration)
{
    double low = fmin(n->first_ridge, LEAST_RIDGE);
    if (n->halving > 0)
        n->ridge = fmax(low, ldexp(n->first_ridge,
                                   -(int)fmin((double)(iteration / n->halving), 1000)));
}

cvr_status cvr_deep_solve(cvr_deep_network *n, int l, int count)
{
    cvr_status status = CVR_OK;
    CVR_TRY(reduce(n, l, count));
    for (int i = l; i < l + count; i++) {
        CVR_TRY(cvr_heed(n->problem->comm));
        CVR_TRY(solve(n, i));
    }
done:
    return status;
}

static void keep_layer(cvr_deep_layer *layer, int l, cvr_archive *k)
{
    cvr_archive_push(k, "layer", l + 1);
    cvr_archive_mat(k, "V", layer->V);
    if (l > 0)
        cvr_archive_mat(k, "P", layer->P);
    cvr_archive_count(k, "dead", &layer->dead);
    cvr_archive_pop(k);
}

/* Sums that are done already do not change by being summed once more from one process. */
void cvr_deep_network_serialize(cvr_deep_network *n, cvr_archive *k)
{
    for (int l = 0; l < n->depth; l++)
        keep_layer(&n->layers[l], l, k);
    for (int l = 0; l < n->depth; l++) {
        cvr_deep_collect(n, l);
        pack(&n->layers[l], true);
    }
    cvr_archive_partial_sums(k, "sums", n->sums);
    for (int l = 0; l < n->depth; l++)
        pack(&n->layers[l], false);
    cvr_archive_real(k, "change2", &n->change2);
    cvr_archive_real(k, "size2", &n->size2);
    cvr_archive_count(k, "escalations", &n->escalations);
    cvr_archive_switch(k, "finite", &n->finite);
}

/* ---- starting ------------------------------------------------------------------ */

/* The mean square of the features, the ones left out. */
static void measure_features(cvr_deep_network *n)
{
    const cvr_deep_layer *layer = &n->layers[0];
    int64_t features = layer->in - n->bias;
    double sum = 0;
    for (int64_t j = 0; j < features; j++)
        sum += cvr_get(layer->G, j, j);
    sum /= (double)n->problem->rows * (double)(features > 0 ? features : 1);
    n->mean_square = sum > 0 ? sum : 1;
}

/* The first columns of the lower triangle of X'X. */
static void add_columns(cvr_mat G, cvr_mat X, int64_t cols)
{
    int64_t below = X.cols - cols;
    cvr_mat own = cvr_mat_cols(X, 0, cols);
    cvr_gram(cvr_mat_part(G, 0, 0, cols, cols), 1, CVR_T, own, 1);
    if (below > 0)
        cvr_gemm(cvr_mat_part(G, cols, 0, below, cols), 1, CVR_T,
                 cvr_mat_cols(X, cols, below), CVR_N, own, 1);
}

/* Where the columns of a member begin, such that all have as many entries of the triangle
   of n columns. */
static int64_t first_column(int64_t n, int member, int members)
{
    return (int64_t)((double)n * (1 - sqrt(1 - (double)member / members)));
}

/* Each thread has columns of its own of G, and all rows in double. */
static void add_first_gram(void *ctx, int member)
{
    cvr_deep_network *n = ctx;
    cvr_mat G = n->layers[0].G, wide = n->lanes[member].wide;
    int64_t c = first_column(G.cols, member, n->lane_count);
    int64_t cols = first_column(G.cols, member + 1, n->lane_count) - c;
    for (int64_t i = 0; i < n->X.rows && cols > 0; i += n->block) {
        int64_t rows = n->X.rows - i < n->block ? n->X.rows - i : n->block;
        if (cvr_wished(n->problem->comm))
            return;
        cvr_mat X = cvr_mat_part(n->X, i, c, rows, G.cols - c);
        if (X.type == CVR_SINGLE) {
            cvr_copy(cvr_deep_shaped(wide, rows, X.cols), X);
            X = cvr_deep_shaped(wide, rows, X.cols);
        }
        add_columns(cvr_mat_part(G, c, c, X.cols, X.cols), X, cols);
    }
}

cvr_status cvr_deep_first_gram(cvr_deep_network *n)
{
    cvr_status status = CVR_OK;
    cvr_parallel_for(n->lane_count, add_first_gram, n);
    CVR_TRY(cvr_allreduce(n->problem->comm, n->layers[0].G));
    CVR_TRY(cvr_heed(n->problem->comm));
    CVR_TRY(factor(n, 0));
    measure_features(n);
done:
    return status;
}

cvr_status cvr_deep_start(cvr_deep_network *n, bool he, double scale)
{
    int64_t first = 0;
    cvr_status status = CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        cvr_deep_layer *layer = &n->layers[l];
        cvr_mat V = without_bias(n, layer->S);
        cvr_fill(layer->S, 0);
        cvr_random_normal(V, n->problem->seed, CVR_FOR_WEIGHTS, first);
        if (he && V.rows > 0)
            cvr_scale(V, sqrt(2 / ((double)V.rows * (l > 0 ? 1 : n->mean_square))));
        cvr_scale(V, scale);
        cvr_copy(layer->V, layer->S);
        CVR_TRY(prepare_back(n, l));
        first += layer->in;
    }
done:
    return status;
}

/* ---- making -------------------------------------------------------------------- */

/* Each layer's penalties are parts of those above it: far ones may leave the numbers. */
static cvr_status lay_out(cvr_deep_network *n, const cvr_deep_shape *shape)
{
    double b = shape->penalty_top;
    cvr_status status = CVR_OK;
    for (int l = n->depth - 1; l >= 0; l--) {
        cvr_deep_layer *layer = &n->layers[l];
        bool top = l == n->depth - 1;
        if (!top) {
            layer->g = shape->penalty_activation * b;
            b = shape->penalty_weights * layer->g;
        }
        if (b < DBL_MIN || layer->g > DBL_MAX || b > DBL_MAX)
            CVR_FAIL(CVR_USAGE,
                     "layer %d would have the penalties g = %g and b = %g: choose "
                     "--penalty-activation and --penalty-weights nearer to 1",
                     l + 1, layer->g, b);
        layer->b = b;
        layer->in = l > 0 ? shape->layers.widths[l - 1] + n->bias : n->X.cols;
        layer->out = top ? shape->outputs : shape->layers.widths[l];
    }
done:
    return status;
}

static cvr_status take_layer(cvr_deep_network *n, int l)
{
    cvr_deep_layer *layer = &n->layers[l];
    const cvr_backend *on = n->X.on;
    int64_t in = layer->in, out = layer->out, units = in - n->bias;
    cvr_type type = n->X.type;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(on, type, in, out, &layer->V));
    CVR_TRY(cvr_mat_new(on, CVR_DOUBLE, in, in, &layer->G));
    CVR_TRY(cvr_mat_new(on, CVR_DOUBLE, in, in, &layer->L));
    if (l > 0) {
        CVR_TRY(cvr_mat_new(on, type, out, units, &layer->P));
        CVR_TRY(cvr_mat_new(on, CVR_DOUBLE, out, units, &layer->wide_P));
        CVR_TRY(cvr_mat_new(on, CVR_DOUBLE, out, out, &layer->K));
    }
done:
    return status;
}

/* One column for the sums of all layers, and views of it. */
static cvr_status take_sums(cvr_deep_network *n)
{
    int64_t size = 0;
    cvr_status status = CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        int64_t in = n->layers[l].in;
        size += in * n->layers[l].out + (l > 0 ? in * (in + 1) / 2 : 0);
    }
    CVR_TRY(cvr_mat_new(n->X.on, CVR_DOUBLE, size, 1, &n->sums));
    int64_t at = 0;
    for (int l = 0; l < n->depth; l++) {
        cvr_deep_layer *layer = &n->layers[l];
        int64_t product = layer->in * layer->out;
        layer->S = cvr_mat_reshape(cvr_mat_part(n->sums, at, 0, product, 1), layer->in,
                                   layer->out);
        at += product;
        if (l == 0)
            continue;
        layer->triangle =
            cvr_mat_part(n->sums, at, 0, layer->in * (layer->in + 1) / 2, 1);
        at += layer->triangle.rows;
    }
done:
    return status;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Room in double for the largest weights. */
static cvr_status take_scratch(cvr_deep_network *n)
{
    int64_t size = 0;
    for (int l = 0; l < n->depth; l++)
        size = larger(size, n->layers[l].in * n->layers[l].out);
    return cvr_mat_new(n->X.on, CVR_DOUBLE, size, 1, &n->wide);
}

cvr_status cvr_deep_network_new(const cvr_problem *problem, const cvr_deep_shape *shape,
                                cvr_deep_network *n)
{
    cvr_status status = CVR_OK;
    *n = (cvr_deep_network){.problem = problem, .finite = true};
    CVR_TRY(cvr_problem_ones(problem, &n->X));
    n->free = problem->train->transform.bias == CVR_BIAS_FREE;
    n->bias = problem->train->transform.bias != CVR_BIAS_NONE;
    n->first_ridge = n->ridge = shape->ridge;
    n->halving = shape->halving;
    n->damping = shape->damping;
    n->wide_gram = n->X.type == CVR_SINGLE && n->ridge + n->damping < LEAST_NARROW_RIDGE;
    n->block = larger(1, problem->X.rows < shape->block ? problem->X.rows : shape->block);
    CVR_TRY(cvr_alloc(shape->layers.count + 1, sizeof *n->layers, "layers",
                      (void **)&n->layers));
    n->depth = shape->layers.count + 1;
    CVR_TRY(lay_out(n, shape));
    for (int l = 0; l < n->depth; l++)
        CVR_TRY(take_layer(n, l));
    CVR_TRY(take_sums(n));
    CVR_TRY(take_scratch(n));
    CVR_TRY(cvr_deep_lanes_new(n, shape->threads));
done:
    return status;
}

void cvr_deep_network_free(cvr_deep_network *n)
{
    for (int l = 0; l < n->depth; l++) {
        cvr_deep_layer *layer = &n->layers[l];
        CVR_MATS_FREE(&layer->V, &layer->P, &layer->G, &layer->L, &layer->K,
                      &layer->wide_P);
    }
    cvr_deep_lanes_free(n);
    cvr_release(n->layers);
    cvr_mat_free(&n->sums);
    cvr_mat_free(&n->wide);
    *n = (cvr_deep_network){0};
}
