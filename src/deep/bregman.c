/* The method `deep`: networks of many layers by Bregman-ADMM, without gradients.

       minimise  loss(z_L, y) + <lambda, z_L - m_L> + b_L |z_L - m_L|^2
                 + sum_{l<L} ( g_l |a_l - h(z_l)|^2 + b_l |z_l - m_l|^2 )
       with m_l = W_l a_{l-1} and h = ReLU.

   Taylor et al. (2016), in a sweep of its own (refresh.c) or in the paper's order
   (paper.c). The model is that of the last iteration, or with --validation the one among
   those measured that did best on the rows held out for it; every figure of a measurement
   is that model's.

   The outputs are f = z_L R + m. With a free bias the squared loss is that of targets in
   units of their own, y = s y' + m with R = s I: an objective s^2 times as large. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "deep/sweep.h"
#include "linalg/mats.h"
#include "model/score.h"
#include "parallel/heed.h"
#include "solver/features.h"
#include "solver/units.h"

enum { SWEEP_REFRESH, SWEEP_PAPER };

static const cvr_option options[] = {
    {"layers", CVR_TEXT, "100,50", 0, 0, NULL,
     "units of the hidden layers, from the input on; none: a linear model"},
    {"sweep", CVR_CHOICE, "refresh", 0, 0, "refresh|paper",
     "the order of an iteration: from the top down with one message, or the paper's"},
    {"loss", CVR_CHOICE, "auto", 0, 0, "auto|hinge|squared|softmax",
     "auto: hinge (each class against the others) for classes, squared for values"},
    {"multiplier", CVR_CHOICE, "auto", 0, 0, "auto|full|paper|none",
     "where lambda enters: every step, the step of z_L only, nowhere; auto: full with "
     "sweep refresh, else paper"},
    {"penalty-top", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,
     "b_L, of z_L = W_L a_{L-1}; default 0.05 (one output: 0.15, squared loss: 1), with "
     "sweep paper 0.0024"},
    {"penalty-activation", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,
     "g_l / b_{l+1}, g_l of a_l = h(z_l), where targets of the squared loss with a free "
     "bias have deviation 1; default 0.5, with sweep paper 0.95"},
    {"penalty-weights", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,
     "b_l / g_l, b_l of z_l = W_l a_{l-1}; default 0.2, with sweep paper 0.015"},
    {"ridge", CVR_REAL, "", 0, 1e6, NULL,
     "ridge of the weights, as a fraction of the mean square of a layer's inputs; "
     "default 0.01; with sweep refresh for two classes 0.02, for more 0.03"},
    {"ridge-halving", CVR_INTEGER, "", 0, 1e15, NULL,
     "iterations in which the ridge is halved, down to 0.005; 0: it is constant; default "
     "20, with sweep refresh for two classes 10"},
    {"damping", CVR_REAL, "0", 0, 1e6, NULL,
     "proximal term around the previous weights; keeps what the ridge lets decay"},
    {"warm", CVR_INTEGER, "", 0, 1e15, NULL,
     "number of first iterations without lambda; default 2, with sweep paper 0"},
    {"init", CVR_CHOICE, "he", 0, 0, "he|gaussian",
     "initial weights N(0, 2 / inputs) for features of mean square 1, or N(0, 1) (sweep "
     "paper: z and a)"},
    {"init-scale", CVR_REAL, "", 0, DBL_MAX, NULL,
     "factor of the initial weights; default 0.15, with gaussian 1"},
    {"validation", CVR_REAL, "0", 0, 1e15, NULL,
     "fraction (below 1) or number of training rows that are held out to choose the "
     "iteration; 0: none, the model is that of the last iteration"},
    {"block", CVR_INTEGER, "384", 1, 1e9, NULL,
     "number of rows that are processed at a time"},
    {"max-iterations", CVR_INTEGER, "50", 1, 1e15, NULL,
     "stop after this number of iterations"},
    {"tolerance", CVR_REAL, "1e-5", 0, 1, NULL,
     "stop when two successive iterations change the weights by a smaller fraction"},
    {0}};

typedef struct deep {
    const cvr_problem *problem;
    cvr_deep_network network;
    cvr_deep_task task;
    const cvr_deep_sweep *sweep;
    void *state;
    cvr_mat labels;   /* own rows x outputs of the loss, where these are not Y */
    cvr_mat R, shift; /* f = z_L R + shift': outputs in the units of the targets; shift:
                         outputs x 1 */
    cvr_units units;
    double square;    /* s^2: the unit of the loss, in the user's */
    cvr_mat *kept[2]; /* V of the model and of a candidate; at the top V R */
    int best;         /* which of them is the model */
    cvr_mat shown;    /* own rows x outputs: the model's outputs */
    double best_score, best_objective;
    int64_t best_at, iterations;
    double change[2]; /* |V - V_old| / |V| of the last iteration, of the one before */
    double tolerance;
    double lowest; /* the least objective that was measured, and when */
    int64_t lowest_at;
} deep;

/* ---- the model ----------------------------------------------------------------- */

/* W and b of a layer from V. */
static void put_layer(const deep *s, cvr_mat V, cvr_layer *layer)
{
    bool bias = s->network.bias;
    cvr_transpose(layer->W, cvr_mat_part(V, 0, 0, V.rows - bias, V.cols));
    if (bias)
        cvr_transpose(layer->b, cvr_mat_part(V, V.rows - 1, 0, 1, V.cols));
}

static cvr_status make_model(const deep *s, const cvr_mat *V, cvr_model *m)
{
    int64_t sizes[CVR_LAYERS_MOST + 2];
    int depth = s->network.depth;
    cvr_status status = CVR_OK;
    sizes[0] = s->network.X.cols - s->network.bias;
    for (int l = 0; l < depth; l++)
        sizes[l + 1] = V[l].cols;
    CVR_TRY(cvr_model_new(s->network.X.type, depth, sizes, m));
    for (int l = 0; l < depth; l++)
        put_layer(s, V[l], &m->layers[l]);
    cvr_axpby(m->layers[depth - 1].b, 1, s->shift, 1);
done:
    return status;
}

static cvr_status model(void *state, cvr_model *m)
{
    const deep *s = state;
    return make_model(s, s->kept[s->best], m);
}

/* The present weights as V of a model. */
static void keep(const deep *s, cvr_mat *V)
{
    int top = s->network.depth - 1;
    for (int l = 0; l < top; l++)
        cvr_copy(V[l], s->network.layers[l].V);
    cvr_gemm(V[top], 1, CVR_N, s->network.layers[top].V, CVR_N, s->R, 0);
}

/* Accuracy on the rows held out, or minus the root mean square error. */
static cvr_status score(const deep *s, const cvr_mat *V, double *value)
{
    const cvr_dataset *held = s->problem->held;
    cvr_model m = {0};
    cvr_score of;
    cvr_status status = CVR_OK, made = make_model(s, V, &m);
    if (made == CVR_OK)
        made = cvr_features_model(s->problem, &m);
    CVR_TRY(cvr_score_made(made, &m, held, s->problem->comm, &of));
    *value = held->task == CVR_CLASSIFY ? of.accuracy : -of.rmse;
done:
    cvr_model_free(&m);
    return status;
}

/* Makes the present weights the model, unless an earlier one did as well on the rows held
   out. */
static cvr_status keep_best(deep *s, double objective)
{
    double value = INFINITY;
    cvr_mat *V = s->kept[1 - s->best];
    cvr_status status = CVR_OK;
    keep(s, V);
    if (s->problem->held)
        CVR_TRY(score(s, V, &value));
    if (s->problem->held && !(value > s->best_score))
        return CVR_OK;
    s->best = 1 - s->best;
    s->best_score = value;
    s->best_objective = objective;
    s->best_at = s->iterations;
    cvr_gemm(s->shown, 1, CVR_N, s->task.F, CVR_N, s->R, 0);
    cvr_add_row(s->shown, s->shift);
done:
    return status;
}

/* ---- one iteration ------------------------------------------------------------- */

static cvr_status step(void *state)
{
    deep *s = state;
    cvr_deep_network *n = &s->network;
    cvr_status status = CVR_OK;
    if (!n->finite)
        return CVR_OK;
    n->change2 = n->size2 = 0;
    cvr_deep_lower_ridge(n, s->iterations);
    CVR_TRY(s->sweep->step(s->state, s->iterations));
    CVR_TRY(cvr_heed_together(s->problem->comm));
    s->iterations++;
    s->change[1] = s->change[0];
    s->change[0] = n->size2 > 0 ? sqrt(n->change2 / n->size2) : 0;
done:
    return status;
}

static int64_t units(const deep *s, int64_t *dead)
{
    int64_t count = 0;
    *dead = 0;
    for (int l = 0; l + 1 < s->network.depth; l++) {
        count += s->network.layers[l].out;
        *dead += s->network.layers[l + 1].dead;
    }
    return count;
}

static void comment(const deep *s, double objective, cvr_progress *p)
{
    int64_t dead, all = units(s, &dead);
    p->active_neurons = all - dead;
    if (!s->network.finite)
        cvr_remark(p, "a sum over the rows is no longer finite");
    if (s->problem->held)
        cvr_remark(p,
                   "the model is that of iteration %lld, the best on %lld training rows "
                   "held out",
                   (long long)s->best_at, (long long)s->problem->held->rows);
    if (dead > 0)
        cvr_remark(p, "%lld of %lld hidden units are dead", (long long)dead,
                   (long long)all);
    if (s->network.escalations > 0)
        cvr_remark(p, "a ridge was raised %lld times", (long long)s->network.escalations);
    if (objective > 1.5 * s->lowest)
        cvr_remark(
            p, "the objective was %.3g at iteration %lld: a %s --penalty-top may help",
            s->lowest, (long long)s->lowest_at,
            s->task.multiplier == CVR_MULTIPLIER_PAPER ? "smaller" : "larger");
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    deep *s = state;
    cvr_deep_figures own = s->sweep->measure(s->state);
    double sums[] = {own.objective, own.primal2, own.size2};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_sum(s->problem->comm, sums, 3));
    CVR_TRY(cvr_heed(s->problem->comm));
    double objective = s->square * sums[0];
    progress->primal_residual = sums[2] > 0 ? sqrt(sums[1] / sums[2]) : 0;
    s->network.finite = s->network.finite && isfinite(sums[0]);
    if (s->network.finite)
        CVR_TRY(keep_best(s, objective));
    progress->objective = s->network.finite ? s->best_objective : objective;
    snprintf(progress->solver, sizeof progress->solver, "bregman-admm %s",
             s->sweep->name);
    if (objective < s->lowest) {
        s->lowest = objective;
        s->lowest_at = s->iterations;
    }
    comment(s, objective, progress);
    *outputs = s->shown;
    if (!s->network.finite)
        progress->outcome = CVR_DIVERGED;
    else if (s->change[0] <= s->tolerance && s->change[1] <= s->tolerance)
        progress->outcome = CVR_CONVERGED;
done:
    return status;
}

/* ---- settings ------------------------------------------------------------------ */

static double given_or(const cvr_settings *o, const char *name, double otherwise)
{
    double value = cvr_settings_real(o, name);
    return isnan(value) ? otherwise : value;
}

static int64_t integer_or(const cvr_settings *o, const char *name, int64_t otherwise)
{
    return cvr_settings_given(o, name) ? cvr_settings_integer(o, name) : otherwise;
}

static cvr_status read_shape(const cvr_problem *p, cvr_deep_loss loss,
                             cvr_deep_shape *shape)
{
    const cvr_settings *o = p->settings;
    bool paper = cvr_settings_choice(o, "sweep") == SWEEP_PAPER;
    bool classes = p->train->task == CVR_CLASSIFY && !paper, two = p->Y.cols == 1;
    shape->ridge = given_or(o, "ridge", !classes ? 1e-2 : two ? 2e-2 : 3e-2);
    shape->halving = integer_or(o, "ridge-halving", classes && two ? 10 : 20);
    shape->damping = cvr_settings_real(o, "damping");
    double top = paper ? 0.0024 : loss == CVR_SQUARED ? 1 : p->Y.cols == 1 ? 0.15 : 0.05;
    shape->penalty_top = given_or(o, "penalty-top", top);
    shape->penalty_activation = given_or(o, "penalty-activation", paper ? 0.95 : 0.5);
    shape->penalty_weights = given_or(o, "penalty-weights", paper ? 0.015 : 0.2);
    shape->block = cvr_settings_integer(o, "block");
    shape->threads = cvr_settings_integer(o, "threads");
    if (shape->penalty_top >= 20)
        cvr_note(CVR_LOG_NOTE, "--penalty-top %g: labels hardly enter the network",
                 shape->penalty_top);
    if (shape->ridge >= 0.1)
        cvr_note(CVR_LOG_NOTE, "--ridge %g: hidden units may die", shape->ridge);
    return cvr_layers_read(cvr_settings_text(o, "layers"), &shape->layers);
}

static cvr_status read_task(const cvr_problem *p, cvr_deep_task *t)
{
    const cvr_settings *o = p->settings;
    bool classify = p->train->task == CVR_CLASSIFY;
    bool paper = cvr_settings_choice(o, "sweep") == SWEEP_PAPER;
    int loss = cvr_settings_choice(o, "loss"),
        where = cvr_settings_choice(o, "multiplier");
    if (loss == 0)
        loss = 1 + (classify ? CVR_HINGE : CVR_SQUARED);
    if (where == 0)
        where = 1 + (paper ? CVR_MULTIPLIER_PAPER : CVR_MULTIPLIER_FULL);
    t->loss = (cvr_deep_loss)(loss - 1);
    t->multiplier = (cvr_deep_multiplier)(where - 1);
    t->warm = integer_or(o, "warm", paper ? 0 : 2);
    t->he = cvr_settings_choice(o, "init") == 0;
    t->init_scale = given_or(o, "init-scale", t->he ? 0.15 : 1);
    if (!classify && t->loss != CVR_SQUARED)
        return cvr_fail(
            CVR_USAGE,
            "--loss hinge and softmax are for classes; for values use --loss squared");
    if (t->loss == CVR_SOFTMAX && p->Y.cols > CVR_SOFTMAX_COLUMNS)
        return cvr_fail(CVR_USAGE, "--loss softmax takes at most %d classes, not %lld",
                        CVR_SOFTMAX_COLUMNS, (long long)p->Y.cols);
    return CVR_OK;
}

/* ---- making -------------------------------------------------------------------- */

static bool classes(const deep *s)
{
    return s->problem->train->task == CVR_CLASSIFY;
}

/* Targets are centred, and values scaled, where the bias is free; --normalize none leaves
   them alone. */
static bool own_units(const deep *s)
{
    const cvr_transform *t = &s->problem->train->transform;
    return s->task.loss == CVR_SQUARED && t->bias == CVR_BIAS_FREE &&
           t->normalize != CVR_NORMALIZE_NONE;
}

/* The labels that the loss wants, and how its outputs read in the units of Y: for two
   classes, -1 and +1, the hinge trains z towards 0 and 1 (f = 2 z - 1) and the softmax
   two outputs (f = z_2 - z_1). */
static cvr_status read_out(deep *s)
{
    cvr_mat Y = s->problem->Y;
    bool two = classes(s) && Y.cols == 1;
    bool pair = two && s->task.loss == CVR_SOFTMAX;
    bool hinge = two && s->task.loss == CVR_HINGE;
    cvr_status status = CVR_OK;
    s->square = 1;
    s->task.Y = Y;
    CVR_TRY(cvr_mat_new(Y.on, Y.type, pair ? 2 : Y.cols, Y.cols, &s->R));
    CVR_TRY(cvr_mat_new(Y.on, Y.type, Y.cols, 1, &s->shift));
    CVR_TRY(cvr_units_new(s->problem, &s->units));
    cvr_fill(s->shift, hinge ? -1 : 0);
    if (!pair)
        cvr_add_diag(s->R, hinge ? 2 : 1);
    if (pair || hinge || own_units(s)) {
        CVR_TRY(cvr_mat_new(Y.on, Y.type, Y.rows, s->R.rows, &s->labels));
        s->task.Y = s->labels;
    }
    if (pair || hinge)
        cvr_fill(s->labels, 0.5);
    for (int64_t c = 0; (pair || hinge) && c < s->labels.cols; c++)
        cvr_axpby(cvr_mat_cols(s->labels, c, 1), pair && c == 0 ? -0.5 : 0.5, Y, 1);
    if (pair) {
        cvr_set(s->R, 0, 0, -1);
        cvr_set(s->R, 1, 0, 1);
    }
done:
    return status;
}

/* labels = (y - mean) / s, in double. Collective. */
static cvr_status take_units(deep *s)
{
    cvr_mat Y = s->problem->Y;
    cvr_status status = CVR_OK;
    if (!own_units(s))
        return CVR_OK;
    CVR_TRY(cvr_units_measure(s->problem, true, &s->units));
    double unit = classes(s) ? 1 : cvr_units_common(&s->units);
    for (int64_t c = 0; c < Y.cols; c++) {
        cvr_set(s->shift, c, 0, s->units.mean[c]);
        for (int64_t i = 0; i < Y.rows; i++)
            cvr_set(s->labels, i, c, (cvr_get(Y, i, c) - s->units.mean[c]) / unit);
    }
    cvr_scale(s->R, unit);
    s->square = unit * unit;
done:
    return status;
}

static cvr_status take_memory(deep *s)
{
    cvr_mat Y = s->problem->Y, labels;
    cvr_deep_shape shape = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(read_task(s->problem, &s->task));
    CVR_TRY(read_shape(s->problem, s->task.loss, &shape));
    CVR_TRY(read_out(s));
    labels = s->task.Y;
    shape.outputs = labels.cols;
    CVR_TRY(cvr_deep_network_new(s->problem, &shape, &s->network));
    s->task.network = &s->network;
    CVR_TRY(CVR_MATS_NEW(Y, Y.rows, labels.cols, &s->task.U, &s->task.F));
    CVR_TRY(cvr_mat_new(Y.on, Y.type, Y.rows, Y.cols, &s->shown));
    for (int k = 0; k < 2; k++) {
        CVR_TRY(cvr_alloc(shape.layers.count + 1, sizeof *s->kept[k], "a model",
                          (void **)&s->kept[k]));
        for (int l = 0; l <= shape.layers.count; l++) {
            int64_t out = l < shape.layers.count ? s->network.layers[l].out : Y.cols;
            CVR_TRY(
                cvr_mat_new(Y.on, Y.type, s->network.layers[l].in, out, &s->kept[k][l]));
        }
    }
    CVR_TRY(cvr_alloc(1, s->sweep->state_size, "a sweep", &s->state));
    CVR_TRY(s->sweep->setup(s->state, &s->task));
done:
    return status;
}

static cvr_status setup(void *state, const cvr_problem *problem)
{
    deep *s = state;
    const cvr_settings *o = problem->settings;
    bool paper = cvr_settings_choice(o, "sweep") == SWEEP_PAPER;
    cvr_status status = CVR_OK;
    s->problem = problem;
    s->sweep = paper ? &cvr_deep_paper : &cvr_deep_refresh;
    s->tolerance = cvr_settings_real(o, "tolerance");
    s->best_score = -INFINITY;
    s->lowest = s->change[0] = INFINITY;
    CVR_TRY(cvr_allreduce_status(problem->comm, take_memory(s)));
    CVR_TRY(cvr_squares_check(problem, false));
    CVR_TRY(take_units(s));
    CVR_TRY(cvr_deep_first_gram(&s->network));
    CVR_TRY(s->sweep->start(s->state));
    CVR_TRY(cvr_heed_together(problem->comm));
    keep(s, s->kept[s->best]);
done:
    return status;
}

/* The model so far, and what the next iteration works on. */
static void keep_best_model(deep *s, cvr_archive *k)
{
    int64_t best = s->best;
    cvr_archive_integer(k, "best", &best, 0, 1);
    s->best = (int)best;
    cvr_archive_push(k, "best", 0);
    for (int l = 0; l < s->network.depth; l++) {
        cvr_archive_push(k, "layer", l + 1);
        cvr_archive_mat(k, "V", s->kept[s->best][l]);
        cvr_archive_pop(k);
    }
    cvr_archive_rows(k, "outputs", s->shown);
    cvr_archive_real(k, "score", &s->best_score);
    cvr_archive_real(k, "objective", &s->best_objective);
    cvr_archive_count(k, "at", &s->best_at);
    cvr_archive_pop(k);
}

static cvr_status keep_state(void *state, cvr_archive *k)
{
    deep *s = state;
    cvr_archive_count(k, "iterations", &s->iterations);
    cvr_archive_reals(k, "change", s->change, 2);
    cvr_archive_real(k, "lowest", &s->lowest);
    cvr_archive_count(k, "lowest_at", &s->lowest_at);
    cvr_archive_rows(k, "U", s->task.U);
    cvr_archive_rows(k, "F", s->task.F);
    cvr_deep_network_serialize(&s->network, k);
    s->sweep->keep(s->state, k);
    keep_best_model(s, k);
    return cvr_archive_status(k);
}

static void teardown(void *state)
{
    deep *s = state;
    if (s->state)
        s->sweep->teardown(s->state);
    cvr_release(s->state);
    CVR_MATS_FREE(&s->task.U, &s->task.F, &s->labels, &s->R, &s->shift, &s->shown);
    cvr_units_free(&s->units);
    for (int k = 0; k < 2; k++) {
        for (int l = 0; s->kept[k] && l < s->network.depth; l++)
            cvr_mat_free(&s->kept[k][l]);
        cvr_release(s->kept[k]);
    }
    cvr_deep_network_free(&s->network);
}

/* Ridges are norms of weights. */
static bool turns(const cvr_problem *problem)
{
    (void)problem;
    return true;
}

const cvr_method cvr_deep_method = {
    .info = {.name = "deep",
             .about = "networks of many layers by Bregman-ADMM, without gradients",
             .options = options,
             .own_threads = true},
    .state_size = sizeof(deep),
    .setup = setup,
    .step = step,
    .measure = measure,
    .model = model,
    .keep = keep_state,
    .teardown = teardown,
    .turns = turns};
