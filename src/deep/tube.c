/* mdlam --tube fixed|shrinking: activations in a tube around h(z), after J. Wang et al.
   (Neurocomputing 2022).

       minimise  F = c l(z_L, y) + sum_l b_l ( |z_l - m_l|^2 + eps_l |V_l|^2 )
       subject to  |a_l - h(z_l)| <= tau  entrywise, l < L
       m_l = a_{l-1} V_l, h = ReLU, a_0 = X;  no multipliers

       for l = 1 .. L   V_l (stored.h)
                        z_l = argmin |z - m_l|^2 in the tube: min(m, a + tau), and at
                              least a - tau where that is above 0; z_L: the loss's step
                        a_l   steps down |z_{l+1} - [a 1] V_{l+1}|^2, each projected on
                              [h(z_l) - tau, h(z_l) + tau], of length 1 / |V_V_'|

   F never rises while tau stays; a tau that shrinks leaves z_l outside for the next
   z-step to bring back. Momentum (Beck and Teboulle 2009) extrapolates z and a of the
   whole sweep, as an exact step does not depend on where it starts:

       s' = (1 + sqrt(1 + 4 s^2)) / 2,   x + (s - 1) / s' (x - x_old),   a >= -tau

   and where F of the sweep from there is above F(x), the sweep is made from x, s = 1.

   From z = m and a = h(z) no layer below the top moves while tau stays and there is no
   ridge: V_l has no residual, z_l is m_l, a_l sees none but at the top. Decay, a tube
   that shrinks, or momentum move them.

   As published: a tube of 100 that halves down to 0.001, b = 5e-4, ridge 0.05, majorised
   steps of V and one of a, softmax, weights N(0, 0.1^2), no momentum. */
#include <math.h>

#include "base/random.h"
#include "deep/mdlam.h"
#include "deep/ops.h"
#include "deep/stored.h"
#include "linalg/mats.h"
#include "linalg/power.h"
#include "parallel/comm.h"
#include "solver/remark.h"

/* clang-format off */
static const cvr_deep_defaults printed = {
    .name = "mdlam", .top = {5e-4, 5e-4, 5e-4}, .activation = 1, .weights = 1,
    .ridge = {0.05, 0.05, 0.05}, .multiplier = CVR_MULTIPLIER_NONE,
    .loss = &cvr_loss_softmax, .gaussian = true, .init_scale = {1, 0.1}};

static const cvr_deep_defaults fixed = {
    .name = "mdlam fixed", .top = {0.05, 0.15, 1}, .activation = 1, .weights = 1,
    .ridge = {0.03, 0.02, 0.01}, .multiplier = CVR_MULTIPLIER_NONE,
    .init_scale = {0.4, 0.1}, .printed = &printed};

static const cvr_deep_defaults shrinking = {
    .name = "mdlam shrinking", .top = {0.05, 0.15, 1}, .activation = 1, .weights = 1,
    .ridge = {0.03, 0.02, 0.01}, .multiplier = CVR_MULTIPLIER_NONE,
    .init_scale = {0.4, 0.1}, .printed = &printed};
/* clang-format on */

typedef struct tube {
    cvr_deep_stored stored; /* first */
    double width, factor;   /* of the first iteration; of each later one */
    double tau;             /* of this iteration */
    bool momentum;
    double s, F; /* of the sweep that was kept last */
    int64_t restarts;
    cvr_mat A[CVR_DEEP_MOST], Z[CVR_DEEP_MOST]; /* with momentum: those of x_old */
    cvr_mat V[CVR_DEEP_MOST];                   /* weights at x, for a sweep from there */
    cvr_mat x, y;                               /* double, columns, for an eigenvalue */
    double length;                              /* of a step of a */
} tube;

/* ---- steps ------------------------------------------------------------------------ */

/* A cvr_deep_work each, as in stored.c. */
static void z_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const tube *s = ctx;
    int l = s->stored.layer;
    cvr_mat A = cvr_deep_units(t->network, cvr_mat_rows(s->stored.A[l], first, rows));
    cvr_relu_tube(cvr_mat_rows(s->stored.Z[l], first, rows), A,
                  cvr_deep_stored_product(&s->stored, t, l, first, rows), s->tau);
}

/* A = H + clip(A - H + length E V_', +- tau), E = z_{l+1} - [A 1] V_{l+1}. */
static void a_step(const tube *s, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    int l = s->stored.layer;
    const cvr_deep_layer *above = &t->network->layers[l + 1];
    cvr_mat A = cvr_deep_units(t->network, cvr_mat_rows(s->stored.A[l], first, rows));
    cvr_mat H = cvr_mat_cols(cvr_mat_rows(t->blocks[l].H, 0, rows), 0, A.cols);
    cvr_mat E = cvr_deep_stored_product(&s->stored, t, l + 1, first, rows);
    cvr_axpby(E, 1, cvr_mat_rows(s->stored.Z[l + 1], first, rows), -1);
    cvr_axpby(A, -1, H, 1);
    cvr_gemm(A, s->length, CVR_N, E, CVR_T, cvr_mat_rows(above->V, 0, above->units), 1);
    cvr_clamp(A, -s->tau, s->tau);
    cvr_axpby(A, 1, H, 1);
}

static void a_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    enum { STEPS = 5 };
    const tube *s = ctx;
    int l = s->stored.layer;
    cvr_mat H = cvr_deep_units(t->network, cvr_mat_rows(t->blocks[l].H, 0, rows));
    cvr_relu_of(H, cvr_mat_rows(s->stored.Z[l], first, rows));
    for (int k = 0; k < (s->stored.deep.options.majorised ? 1 : STEPS); k++)
        a_step(s, t, first, rows);
}

/* y = K x */
static cvr_status times(void *ctx, cvr_mat y, cvr_mat x)
{
    cvr_gemm(y, 1, CVR_N, *(const cvr_mat *)ctx, CVR_N, x, 0);
    return CVR_OK;
}

/* 1 / |V_V_'|, V_ the weights of the layer without the bias, from an estimate that is not
   above it: steps up to twice as long go down. 0 where V_ is. */
static cvr_status find_length(tube *s, cvr_deep_layer *layer)
{
    enum { PRODUCTS = 30 };
    cvr_mat V =
        cvr_deep_shaped(s->stored.deep.network.fit.scratch, layer->units, layer->out);
    cvr_mat x = cvr_mat_rows(s->x, 0, layer->out), y = cvr_mat_rows(s->y, 0, layer->out);
    double largest = 0;
    cvr_status status = CVR_OK;
    cvr_copy(V, cvr_mat_rows(layer->V, 0, layer->units));
    cvr_gram(layer->K, 1, CVR_T, V, 0);
    cvr_symmetrize(layer->K);
    cvr_random_normal(x, s->stored.deep.problem->seed, CVR_FOR_STARTS, 0);
    CVR_TRY(cvr_power(times, &layer->K, x, y, 1e-2, PRODUCTS, &largest));
    s->length = largest > 0 ? 1 / largest : 0;
done:
    return status;
}

static cvr_status sweep(tube *s)
{
    cvr_deep_network *n = &s->stored.deep.network;
    int top = n->depth - 1;
    cvr_status status = CVR_OK;
    for (int l = 0; l <= top; l++) {
        CVR_TRY(cvr_deep_stored_w(&s->stored, l, 1));
        if (!n->fit.finite)
            return CVR_OK;
        if (l == top) {
            cvr_deep_stored_z(&s->stored, l);
            break;
        }
        cvr_deep_stored_each(&s->stored, l, z_block);
        CVR_TRY(find_length(s, &n->layers[l + 1]));
        cvr_deep_stored_each(&s->stored, l, a_block);
    }
done:
    return status;
}

/* ---- momentum --------------------------------------------------------------------- */

/* F with the ridges of this sweep, over all rows; collective. */
static cvr_status value(tube *s, double *F)
{
    const cvr_deep_network *n = &s->stored.deep.network;
    cvr_status status = CVR_OK;
    *F = cvr_deep_stored_figures(&s->stored).objective;
    CVR_TRY(cvr_allreduce_sum(n->problem->comm, F, 1));
    CVR_TRY(cvr_interrupt_check(n->problem->comm));
    for (int l = 0; l < n->depth; l++) {
        const cvr_deep_layer *layer = &n->layers[l];
        cvr_mat V = cvr_mat_rows(layer->V, 0, layer->in - layer->free);
        *F += layer->b * layer->ridge * layer->trace / (double)layer->in * cvr_dot(V, V);
    }
done:
    return status;
}

/* x_old = x, and x goes beyond. */
static void extrapolate(tube *s, double weight)
{
    cvr_deep_stored *k = &s->stored;
    for (int l = 0; l < k->deep.network.depth; l++) {
        cvr_mat Z = k->Z[l], A = k->A[l];
        cvr_axpby(s->Z[l], 1 + weight, Z, -weight);
        k->Z[l] = s->Z[l];
        s->Z[l] = Z;
        cvr_copy(s->V[l], k->deep.network.layers[l].V);
        if (l + 1 == k->deep.network.depth)
            break;
        cvr_mat old = cvr_deep_units(&k->deep.network, s->A[l]);
        cvr_axpby(old, 1 + weight, cvr_deep_units(&k->deep.network, A), -weight);
        cvr_clamp(old, -s->tau, INFINITY);
        k->A[l] = s->A[l];
        s->A[l] = A;
    }
}

/* x = x_old, the weights too. */
static void go_back(tube *s)
{
    cvr_deep_stored *k = &s->stored;
    for (int l = 0; l < k->deep.network.depth; l++) {
        cvr_copy(k->Z[l], s->Z[l]);
        cvr_copy(k->deep.network.layers[l].V, s->V[l]);
        if (l + 1 < k->deep.network.depth)
            cvr_copy(k->A[l], s->A[l]);
    }
}

static cvr_status accelerated(tube *s)
{
    const cvr_deep_fit *fit = &s->stored.deep.network.fit;
    double next = (1 + sqrt(1 + 4 * s->s * s->s)) / 2, F;
    cvr_status status = CVR_OK;
    extrapolate(s, (s->s - 1) / next);
    s->s = next;
    CVR_TRY(sweep(s));
    CVR_TRY(value(s, &F));
    if (!(F <= s->F) && fit->finite) {
        go_back(s);
        s->s = 1;
        s->restarts++;
        CVR_TRY(sweep(s));
        CVR_TRY(value(s, &F));
    }
    s->F = F;
done:
    return status;
}

static cvr_status step(void *state)
{
    tube *s = state;
    cvr_deep *d = &s->stored.deep;
    cvr_status status = CVR_OK;
    if (!cvr_deep_begin(d))
        return CVR_OK;
    cvr_deep_multiply(d, d->iterations);
    s->tau = fmax(fmin(s->width, 1e-3), s->width * pow(s->factor, (double)d->iterations));
    CVR_TRY(s->momentum ? accelerated(s) : sweep(s));
    CVR_TRY(cvr_deep_end(d));
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    tube *s = state;
    const cvr_mdlam_given *o = cvr_settings_values(problem->settings);
    cvr_deep_network *n = &s->stored.deep.network;
    bool as_printed = o->deep.published, stays = cvr_mdlam_kind_of(o) == CVR_TUBE_FIXED;
    cvr_status status = CVR_OK;
    if (CVR_GIVEN(o, deep.warm))
        CVR_FAIL(CVR_USAGE, "--warm is for --tube recentred: other tubes have no lambda");
    CVR_TRY(cvr_deep_pose(&s->stored.deep, problem, stays ? &fixed : &shrinking));
    s->width = !isnan(o->width) ? o->width : as_printed ? 100 : 0.5;
    s->factor = stays ? 1 : as_printed ? 0.5 : 0.75;
    s->momentum = o->momentum == 0 ? !as_printed : o->momentum == 1;
    s->s = 1;
    s->F = INFINITY;
    for (int l = 0; l < n->depth; l++)
        n->layers[l].g = 0; /* a_l is bound by the tube alone */
done:
    return status;
}

static void lay_out_momentum(tube *s, cvr_workspace *w)
{
    const cvr_deep_network *n = &s->stored.deep.network;
    cvr_workspace_push(w, "momentum", 0);
    cvr_lay_real(w, "s", &s->s);
    cvr_lay_real(w, "F", &s->F);
    cvr_lay_count(w, "restarts", &s->restarts);
    cvr_workspace_pop(w);
    for (int l = 0; l < n->depth; l++) {
        const cvr_deep_layer *layer = &n->layers[l];
        cvr_workspace_push(w, "before", l + 1);
        cvr_lay(w, CVR_ROWS, "Z", &s->Z[l], n->X.rows, layer->out);
        if (l + 1 < n->depth)
            cvr_lay(w, CVR_ROWS, "A", &s->A[l], n->X.rows, layer->out + n->bias);
        CVR_LAY_SCRATCH(w, layer->in, layer->out, &s->V[l]);
        cvr_workspace_pop(w);
    }
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    tube *s = state;
    const cvr_deep_network *n = &s->stored.deep.network;
    int64_t most = 0;
    for (int l = 0; l < n->depth; l++)
        most = n->layers[l].out > most ? n->layers[l].out : most;
    CVR_LAY_DOUBLE(w, most, 1, &s->x, &s->y);
    if (s->momentum)
        lay_out_momentum(s, w);
    return cvr_deep_stored_lay_out(&s->stored, w);
}

static cvr_status start(void *state)
{
    tube *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_stored_start(&s->stored));
    for (int l = 0; l < s->stored.deep.network.depth && s->momentum; l++) {
        cvr_copy(s->Z[l], s->stored.Z[l]);
        if (l + 1 < s->stored.deep.network.depth)
            cvr_copy(s->A[l], s->stored.A[l]);
    }
done:
    return status;
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    const tube *s = state;
    if (s->restarts > 0)
        cvr_remark(progress, "momentum began anew %lld times", (long long)s->restarts);
    return cvr_deep_stored_measure(state, progress, outputs);
}

const cvr_method cvr_mdlam_tube = {.info = {.name = "mdlam"},
                                   .state_size = sizeof(tube),
                                   .pose = pose,
                                   .lay_out = lay_out,
                                   .start = start,
                                   .step = step,
                                   .measure = measure,
                                   .model = cvr_deep_model,
                                   .weighs = true,
                                   .turns = true};
