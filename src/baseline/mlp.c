/* Forward and backward passes in blocks of samples. The derivative of relu at 0 is 1. */
#include "baseline/mlp.h"

#include <math.h>

#include "base/random.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "model/model.h"
#include "parallel/comm.h"

enum { BLOCK = 1024 };

/* ---- one block -------------------------------------------------------------------- */

/* The input of layer l for `count` samples, and how it lies: X as it is given, or H. */
static cvr_mat input(const cvr_mlp *n, int l, cvr_mat X, int64_t count)
{
    return l == 0 ? X : cvr_mat_cols(n->layers[l - 1].H, 0, count);
}

/* Z_l = W_l (H_{l-1}, 1), in H_l; hidden: D_l = 1[Z_l >= 0], H_l = relu(Z_l). */
static void forward(cvr_mlp *n, cvr_mat X, cvr_trans trans, int64_t count)
{
    for (int l = 0; l < n->depth; l++) {
        cvr_mlp_layer *layer = &n->layers[l];
        cvr_mat Z = cvr_mat_part(layer->H, 0, 0, layer->out, count);
        cvr_gemm(Z, 1, CVR_N, layer->W, l == 0 ? trans : CVR_N, input(n, l, X, count), 0);
        if (l + 1 == n->depth)
            return;
        cvr_gate(cvr_mat_cols(layer->D, 0, count), Z);
        cvr_relu(Z);
    }
}

/* A target in its own unit; a label of several outputs is -1 or +1. Parts below 2^-22 are
   dropped where the bias is free: they may be rounding of y + c that is none of y, and a
   long search on a function with kinks would make much of it. */
static double in_unit(const cvr_mlp *n, int64_t c, double value)
{
    double y = (value - n->units.mean[c]) / n->units.deviation[c];
    if (n->loss->targets == CVR_TARGETS_LABELS && n->units.outputs > 1)
        return 2 * y - 1;
    return n->coarse ? ldexp(rint(ldexp(y, 22)), -22) : y;
}

/* E_L = scale times the losses' slopes, by weights; the sum of the losses. */
static double top(cvr_mlp *n, cvr_mat Y, cvr_trans trans, double scale,
                  const double *omega)
{
    const cvr_mlp_layer *last = &n->layers[n->depth - 1];
    int64_t C = last->out, count = trans == CVR_N ? Y.cols : Y.rows;
    double *f = n->row, *y = f + C, *slope = y + C, sum = 0;
    for (int64_t i = 0; i < count; i++) {
        for (int64_t c = 0; c < C; c++) {
            double value = trans == CVR_N ? cvr_get(Y, c, i) : cvr_get(Y, i, c);
            f[c] = cvr_get(last->H, c, i);
            y[c] = in_unit(n, c, value);
        }
        double weight = omega ? omega[i] : 1;
        sum += weight * n->loss->row(n->loss, C, f, y, slope);
        for (int64_t c = 0; c < C; c++)
            cvr_set(last->E, c, i, scale * weight * slope[c]);
    }
    return sum;
}

/* G_l += E_l (H_{l-1}, 1)',  E_{l-1} = D_{l-1} o W_l'E_l without the bias. */
static void backward(cvr_mlp *n, cvr_mat X, cvr_trans trans, int64_t count)
{
    for (int l = n->depth - 1; l >= 0; l--) {
        cvr_mlp_layer *layer = &n->layers[l];
        cvr_mat E = cvr_mat_cols(layer->E, 0, count);
        cvr_gemm(layer->G, 1, CVR_N, E, l == 0 && trans == CVR_T ? CVR_N : CVR_T,
                 input(n, l, X, count), 1);
        if (l == 0)
            return;
        cvr_mat below = cvr_mat_cols(n->layers[l - 1].E, 0, count);
        cvr_gemm(below, 1, CVR_T, cvr_mat_cols(layer->W, 0, layer->in), CVR_N, E, 0);
        cvr_hadamard(below, cvr_mat_cols(n->layers[l - 1].D, 0, count));
    }
}

double cvr_mlp_add(cvr_mlp *n, cvr_mat X, cvr_mat Y, cvr_trans trans, double scale,
                   const double *omega)
{
    int64_t count = trans == CVR_N ? X.cols : X.rows;
    forward(n, X, trans, count);
    double sum = top(n, Y, trans, scale, omega);
    backward(n, X, trans, count);
    return sum;
}

/* ---- all rows --------------------------------------------------------------------- */

/* Outputs of rows i .. i + count - 1 into F, in the data's units. */
static void keep_outputs(cvr_mlp *n, int64_t i, int64_t count)
{
    cvr_mat F = cvr_mat_rows(n->F, i, count);
    cvr_transpose(F, cvr_mat_cols(n->layers[n->depth - 1].H, 0, count));
    cvr_scale_cols(F, n->scale);
    cvr_add_row(F, n->shift);
}

/* The sum of the losses of own rows; F; with a gradient, that of the mean. */
static double own_rows(cvr_mlp *n, bool gradient)
{
    const cvr_problem *p = n->problem;
    const double *omega = p->W.data;
    double sum = 0, scale = 1 / cvr_problem_total(p);
    cvr_fill(n->gradient, 0);
    for (int64_t i = 0; i < p->X.rows && !cvr_interrupt_poll(p->comm); i += n->block) {
        cvr_mat X = cvr_mat_rows(n->X, i, n->block), Y = cvr_mat_rows(p->Y, i, n->block);
        forward(n, X, CVR_T, X.rows);
        sum += top(n, Y, CVR_T, scale, omega ? omega + i : NULL);
        if (gradient)
            backward(n, X, CVR_T, X.rows);
        keep_outputs(n, i, X.rows);
    }
    return sum;
}

cvr_mat cvr_mlp_gradient(const cvr_mlp *n)
{
    return cvr_mat_part(n->message, 0, 0, n->count, 1);
}

cvr_mat cvr_mlp_penalised(const cvr_mlp *n, cvr_mat parameters)
{
    bool free = n->problem->train->transform.bias == CVR_BIAS_FREE;
    int64_t outputs = n->sizes[n->depth];
    return cvr_mat_part(parameters, 0, 0, n->count - (free ? outputs : 0), 1);
}

void cvr_mlp_decay(cvr_mlp *n)
{
    if (n->decay > 0 && cvr_comm_rank(n->problem->comm) == 0)
        cvr_axpby(cvr_mlp_penalised(n, n->gradient), n->decay,
                  cvr_mlp_penalised(n, n->theta), 1);
}

/* In double, whatever the type of the weights: a line search compares these numbers. */
static cvr_status sum_gradient(cvr_mlp *n, double *loss)
{
    cvr_status status = CVR_OK;
    cvr_mlp_decay(n);
    cvr_copy(cvr_mlp_gradient(n), n->gradient);
    cvr_set(n->message, n->count, 0, *loss);
    CVR_TRY(cvr_allreduce(n->problem->comm, n->message));
    *loss = cvr_get(n->message, n->count, 0);
done:
    return status;
}

cvr_status cvr_mlp_objective(cvr_mlp *n, bool gradient, double *value)
{
    double loss = own_rows(n, gradient);
    cvr_status status = CVR_OK;
    CVR_TRY(gradient ? sum_gradient(n, &loss)
                     : cvr_allreduce_sum(n->problem->comm, &loss, 1));
    CVR_TRY(cvr_interrupt_check(n->problem->comm));
    *value = loss / cvr_problem_total(n->problem);
    cvr_mat theta = cvr_mlp_penalised(n, n->theta);
    if (n->decay > 0)
        *value += n->decay / 2 * cvr_dot(theta, theta);
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

/* --loss for this task; a method without the option has that of auto. */
static cvr_status choose_loss(const cvr_problem *p, const cvr_loss **loss)
{
    bool classes = p->train->task == CVR_CLASSIFY, several = p->Y.cols > 1;
    int choice = ((const cvr_mlp_options *)cvr_settings_values(p->settings))->loss;
    *loss = choice > 0 ? cvr_losses[choice - 1]
            : !classes ? &cvr_loss_squared
            : several  ? &cvr_loss_softmax
                       : &cvr_loss_logistic;
    if (!classes && (*loss)->targets != CVR_TARGETS_VALUES)
        return cvr_fail(CVR_USAGE, "--loss %s is for classes, but the targets are values",
                        (*loss)->name);
    if (!several && (*loss)->targets == CVR_TARGETS_ONE_HOT) {
        cvr_fail(CVR_USAGE, "--loss %s is for three classes or more", (*loss)->name);
        cvr_hint("for two classes it is the same as --loss logistic");
        return CVR_USAGE;
    }
    return CVR_OK;
}

cvr_status cvr_mlp_pose(cvr_mlp *n, const cvr_problem *problem)
{
    const cvr_mlp_options *o = cvr_settings_values(problem->settings);
    cvr_layers hidden;
    cvr_status status = CVR_OK;
    n->problem = problem;
    n->decay = o->weight_decay;
    n->bias = problem->train->transform.bias != CVR_BIAS_NONE;
    CVR_TRY(choose_loss(problem, &n->loss));
    CVR_TRY(cvr_layers_read(o->layers ? o->layers : "none", &hidden));
    CVR_TRY(cvr_problem_ones(problem, &n->X));
    n->depth = hidden.count + 1;
    n->block = problem->X.rows < BLOCK ? problem->X.rows : BLOCK;
    n->sizes[0] = n->X.cols - n->bias;
    n->sizes[n->depth] = problem->Y.cols;
    for (int l = 0; l < n->depth; l++) {
        if (l < hidden.count)
            n->sizes[l + 1] = hidden.widths[l];
        n->layers[l] = (cvr_mlp_layer){.in = n->sizes[l], .out = n->sizes[l + 1]};
        n->count += n->sizes[l + 1] * (n->sizes[l] + n->bias);
    }
done:
    return status;
}

cvr_status cvr_mlp_lay_out(cvr_mlp *n, cvr_workspace *w, cvr_mark theta)
{
    int64_t C = n->problem->Y.cols;
    cvr_status status = CVR_OK;
    cvr_lay(w, theta, "theta", &n->theta, n->count, 1);
    CVR_LAY_SCRATCH(w, n->count, 1, &n->gradient);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &n->message, n->count + 1, 1);
    CVR_LAY_SCRATCH(w, n->problem->X.rows, C, &n->F);
    CVR_LAY_SCRATCH(w, C, 1, &n->shift, &n->scale);
    CVR_TRY(cvr_units_lay_out(&n->units, w, C));
    CVR_TRY(cvr_lay_array(w, (void **)&n->row, 3 * C, sizeof *n->row));
    for (int l = 0; l < n->depth; l++) {
        cvr_mlp_layer *layer = &n->layers[l];
        bool hidden = l + 1 < n->depth;
        CVR_LAY_SCRATCH(w, layer->out + (hidden ? n->bias : 0), n->block, &layer->H);
        CVR_LAY_SCRATCH(w, layer->out, n->block, &layer->E);
        if (hidden)
            CVR_LAY_SCRATCH(w, layer->out, n->block, &layer->D);
    }
done:
    return status;
}

/* W and G of the layers, and the ones below hidden units. */
static void view_layers(cvr_mlp *n)
{
    for (int64_t l = 0, first = 0; l < n->depth; l++) {
        cvr_mlp_layer *layer = &n->layers[l];
        int64_t out = layer->out, cols = layer->in + n->bias, size = out * cols;
        layer->W = cvr_mat_reshape(cvr_mat_rows(n->theta, first, size), out, cols);
        layer->G = cvr_mat_reshape(cvr_mat_rows(n->gradient, first, size), out, cols);
        if (l + 1 < n->depth)
            cvr_fill(cvr_mat_rows(layer->H, out, n->bias), 1);
        first += size;
    }
}

/* Values are taken in units of their own, with a free bias unless --normalize none says
   to leave them; without biases nothing can shift the outputs, and the unit is the size
   around 0. Equal targets have no deviation and keep their unit. */
static cvr_status fit_units(cvr_mlp *n)
{
    const cvr_problem *p = n->problem;
    const cvr_transform *t = &p->train->transform;
    bool left = t->bias == CVR_BIAS_FREE && t->normalize == CVR_NORMALIZE_NONE;
    int64_t C = p->Y.cols;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_squares_check(p, false));
    n->coarse = p->train->task == CVR_REGRESS && t->bias == CVR_BIAS_FREE && !left;
    if (p->train->task == CVR_REGRESS && !left)
        CVR_TRY(cvr_units_measure(p, n->bias, &n->units));
    for (int64_t c = 0; c < C; c++) {
        double *unit = &n->units.deviation[c];
        *unit = *unit > 0 ? *unit : 1;
        cvr_set(n->shift, c, 0, n->units.mean[c]);
        cvr_set(n->scale, c, 0, *unit);
    }
    n->square = pow(cvr_units_common(&n->units), 2);
done:
    return status;
}

/* Weights of unit k (counted through all layers) and input j follow from (seed, k, j);
   biases are 0. */
static void draw(cvr_mlp *n)
{
    const cvr_mlp_options *o = cvr_settings_values(n->problem->settings);
    bool glorot = o->init == 1;
    for (int64_t l = 0, unit = 0; l < n->depth; l++) {
        const cvr_mlp_layer *layer = &n->layers[l];
        cvr_mat W = cvr_mat_cols(layer->W, 0, layer->in);
        double fan = (double)layer->in + (glorot ? (double)layer->out : 0);
        cvr_random_normal(W, n->problem->seed, CVR_FOR_WEIGHTS, unit);
        cvr_scale(W, sqrt(2 / fmax(fan, 1)));
        unit += layer->out;
    }
}

cvr_status cvr_mlp_start(cvr_mlp *n)
{
    view_layers(n);
    draw(n);
    return fit_units(n);
}

/* ---- the network ------------------------------------------------------------------ */

cvr_status cvr_mlp_model(const cvr_mlp *n, cvr_model *m)
{
    cvr_mat own[2] = {{0}}, scale, shift;
    cvr_layer *top;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new(n->theta.type, n->depth, n->sizes, m));
    top = &m->layers[n->depth - 1];
    for (int l = 0; l < n->depth; l++) {
        const cvr_mlp_layer *layer = &n->layers[l];
        cvr_copy(m->layers[l].W, cvr_mat_cols(layer->W, 0, layer->in));
        if (n->bias)
            cvr_copy(m->layers[l].b, cvr_mat_cols(layer->W, layer->in, 1));
    }
    CVR_TRY(cvr_mat_bring(cvr_cpu(), n->scale, &own[0], &scale));
    CVR_TRY(cvr_mat_bring(cvr_cpu(), n->shift, &own[1], &shift));
    cvr_scale_rows(top->W, scale);
    cvr_scale_rows(top->b, scale);
    cvr_axpby(top->b, 1, shift, 1);
done:
    CVR_MATS_FREE(&own[0], &own[1]);
    return status;
}
