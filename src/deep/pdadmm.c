/* pdadmm: every layer has what its steps need, so that layers take them side by side;
   after J. Wang et al. (ICDM 2020).

       minimise  c l(z_L, y) + sum_l b_l |z_l - m_l|^2
              + sum_{l<L} ( g_l |q_l - h(z_l)|^2 + <u_l, p_l - q_l> + r_l |p_l - q_l|^2 )
       m_l = p_{l-1} V_l, h = ReLU, p_0 = X;  p_l is the copy of a_l that layer l + 1 has

       all p_l    c + (z_{l+1} - [c 1] V_{l+1}) P_{l+1},  c = q_l - d_l,  d = u / (2 r)
       all q_l    (g h(z_l) + r (p_l + d_l)) / (g + r)
       all z_l    argmin g |q_l - h(z)|^2 + b |z - m_l|^2;  z_L: the loss's step at m_L
       all V_l    one message
       all q_l    again, and d_l += p_l - q_l:  u_l = 2 g_l (q_l - h(z_l)) from then on

   Within a phase no layer waits for another; between owners of layers p_l would go down
   and q_l up, 2 n_l numbers a row. In this order a label gets one layer down in an
   iteration; in the paper's, p V z q d, it takes two. The function falls in every
   iteration for r >= 4 g.

   As published: equal penalties that grow from 1e-4 (schedule.h), majorised steps of p
   and V, the paper's order, softmax, weights N(0, 0.1^2). */
#include "deep/code.h"
#include "deep/grow.h"
#include "deep/schedule.h"
#include "deep/stored.h"
#include "linalg/mats.h"
#include "parallel/comm.h"
#include "solver/remark.h"

typedef enum order { PQZWQ, PAPER } order;

typedef struct given {
    cvr_deep_given deep; /* first */
    int order, quantise;
    double penalty_copy;
} given;

/* clang-format off */
static const cvr_deep_defaults printed = {
    .name = "pdadmm", .top = {1e-4, 1e-4, 1e-4}, .activation = 1, .weights = 1,
    .multiplier = CVR_MULTIPLIER_NONE, .loss = &cvr_loss_softmax, .gaussian = true,
    .init_scale = {1, 0.1}};

static const cvr_deep_defaults defaults = {
    .name = "pdadmm", .top = {0.05, 0.15, 1}, .activation = 0.5, .weights = 0.2,
    .ridge = {0.03, 0.02, 0.01}, .multiplier = CVR_MULTIPLIER_NONE,
    .init_scale = {0.4, 0.1}, .growth = CVR_GROWTH_STALLS, .printed = &printed};

static const cvr_option options[] = {
    {"order", CVR_CHOICE, "pqzwq", 0, 0, "pqzwq|paper",
     "of the phases of an iteration; paper: p, w, z, q",
     CVR_FIELD(given, int, order)},
    CVR_DEEP_BLOCKS,
    CVR_DEEP_SCHEDULE("falls by less than a thousandth"),
    CVR_DEEP_PUBLISHED("majorised, the paper's order, penalties 1e-4 that grow, softmax, "
                       "weights N(0, 0.01), no ridge"),
    CVR_DEEP_NETWORK_OPTIONS,
    CVR_DEEP_PENALTIES("0.05 (one output: 0.15, squared loss: 1)", "0.5", "0.2"),
    {"penalty-copy", CVR_REAL, "1", DBL_MIN, DBL_MAX, NULL,
     "r_l / g_l, r_l of p_l = q_l; from 4 on the objective never rises",
     CVR_FIELD(given, double, penalty_copy)},
    CVR_DEEP_RIDGES("0.01 for values, 0.02 for two classes, 0.03 for more", "0"),
    CVR_DEEP_START("", "0.4, with gaussian 0.1"),
    CVR_DEEP_GROW,
    {"quantise", CVR_CHOICE, "none", 0, 0, "none|16|8|4",
     "bits of each number of p and q, by levels of their unit; owners of layers exchange "
     "these codes",
     CVR_FIELD(given, int, quantise)},
    CVR_DEEP_GRID,
    CVR_DEEP_RUN_OPTIONS,
    {0}};
/* clang-format on */

typedef struct pdadmm {
    cvr_deep_stored stored; /* first */
    cvr_deep_schedule schedule;
    order order;
    cvr_deep_coder coder;
} pdadmm;

/* ---- phases ----------------------------------------------------------------------- */

/* A cvr_deep_work each: q_l, and d_l. */
static void q_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    const cvr_deep_layer *layer = &t->network->layers[s->layer];
    double g = layer->g / (layer->g + layer->r), r = layer->r / (layer->g + layer->r);
    cvr_mat Q = cvr_mat_rows(s->Q[s->layer], first, rows);
    cvr_mat P = cvr_deep_units(t->network, cvr_mat_rows(s->A[s->layer], first, rows));
    cvr_relu_of(Q, cvr_mat_rows(s->Z[s->layer], first, rows));
    cvr_axpby(Q, r, P, g);
    cvr_axpby(Q, r, cvr_mat_rows(s->D[s->layer], first, rows), 1);
}

static void d_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    const cvr_deep_stored *s = ctx;
    cvr_mat D = cvr_mat_rows(s->D[s->layer], first, rows);
    cvr_mat P = cvr_deep_units(t->network, cvr_mat_rows(s->A[s->layer], first, rows));
    cvr_axpby(D, 1, P, 1);
    cvr_axpby(D, -1, cvr_mat_rows(s->Q[s->layer], first, rows), 1);
}

/* Over hidden layers from l on up to those that are own. */
static void each_hidden(cvr_deep_stored *s, int l, cvr_deep_work *work)
{
    const cvr_deep_network *n = &s->deep.network;
    for (l = l > 0 ? l : 0; l < n->end && l + 1 < n->depth; l++)
        cvr_deep_stored_each(s, l, work);
}

/* ---- what crosses a cut ------------------------------------------------------------ */

/* Copies p_l or q_l, without the ones; none where there is no such hidden layer. */
static cvr_mat copies(const cvr_deep_stored *s, const cvr_mat *of, int l)
{
    const cvr_deep_network *n = &s->deep.network;
    if (l < 0 || l + 1 >= n->depth)
        return (cvr_mat){.type = n->X.type, .device = n->X.device};
    return cvr_mat_cols(of[l], 0, n->layers[l].out);
}

/* Hidden layers first .. last become what their codes say; that of layer `sent` is kept
   for the message. Collective: least and greatest of all rows. */
static cvr_status code(pdadmm *s, const cvr_mat *of, int first, int last, int sent)
{
    const cvr_deep_coder *c = &s->coder;
    double *at = c->extent;
    cvr_status status = CVR_OK;
    for (int l = first; l <= last; l++) {
        cvr_deep_extent(c, copies(&s->stored, of, l), at);
        at += 2 * s->stored.deep.network.layers[l].out;
    }
    CVR_TRY(cvr_allreduce_max(s->stored.deep.grid.problem.comm, c->extent,
                              (int)(at - c->extent)));
    at = c->extent;
    for (int l = first; l <= last; l++) {
        cvr_deep_encode(c, copies(&s->stored, of, l), at, l == sent ? c->out : NULL);
        at += 2 * s->stored.deep.network.layers[l].out;
    }
done:
    return status;
}

/* Copies of layer `from` go to the neighbour, those of layer `to` come from the other. */
static cvr_status exchange(pdadmm *s, int by, const cvr_mat *of, int from, int to)
{
    const cvr_deep_coder *c = &s->coder;
    cvr_comm *stack = s->stored.deep.grid.stack;
    cvr_mat out = copies(&s->stored, of, from), in = copies(&s->stored, of, to);
    cvr_status status = CVR_OK;
    if (!stack)
        return CVR_OK;
    if (c->bits == 0)
        return cvr_shift(stack, by, out, in);
    CVR_TRY(cvr_shift_bytes(stack, by, c->out, cvr_deep_coded_bytes(c, out.cols), c->in,
                            cvr_deep_coded_bytes(c, in.cols)));
    if (in.cols > 0)
        cvr_deep_decode(c, in, c->in);
done:
    return status;
}

/* ---- an iteration ------------------------------------------------------------------ */

/* p_l belongs to the owner of the layer above, and goes down to that of the layer. */
static cvr_status p_phase(pdadmm *s)
{
    const cvr_deep_network *n = &s->stored.deep.network;
    int first = n->begin > 0 ? n->begin - 1 : 0;
    cvr_status status = CVR_OK;
    for (int l = first; l + 1 < n->end; l++)
        CVR_TRY(cvr_deep_stored_a(&s->stored, l));
    if (s->coder.bits > 0)
        CVR_TRY(code(s, s->stored.A, first, n->end - 2, n->begin - 1));
    CVR_TRY(exchange(s, -1, s->stored.A, n->begin - 1, n->end - 1));
done:
    return status;
}

static void z_phase(cvr_deep_stored *s)
{
    for (int l = s->deep.network.begin; l < s->deep.network.end; l++)
        cvr_deep_stored_z(s, l);
}

/* q_l goes up, and each side makes the multiplier by itself, bit for bit the same. */
static cvr_status d_phase(pdadmm *s)
{
    const cvr_deep_network *n = &s->stored.deep.network;
    int last = n->end < n->depth ? n->end - 1 : n->depth - 2;
    cvr_status status = CVR_OK;
    if (s->coder.bits > 0)
        CVR_TRY(code(s, s->stored.Q, n->begin, last, n->end - 1));
    CVR_TRY(exchange(s, 1, s->stored.Q, n->end - 1, n->begin - 1));
    each_hidden(&s->stored, n->begin - 1, d_block);
done:
    return status;
}

static cvr_status phases(pdadmm *s)
{
    cvr_deep_stored *k = &s->stored;
    int begin = k->deep.network.begin, count = k->deep.network.end - begin;
    cvr_status status = CVR_OK;
    CVR_TRY(p_phase(s));
    if (s->order == PAPER) {
        CVR_TRY(cvr_deep_stored_w(k, begin, count));
        z_phase(k);
    } else {
        each_hidden(k, begin, q_block);
        z_phase(k);
        CVR_TRY(cvr_deep_stored_w(k, begin, count));
    }
    each_hidden(k, begin, q_block);
    CVR_TRY(d_phase(s));
done:
    return status;
}

static cvr_status step(void *state)
{
    pdadmm *s = state;
    cvr_deep *d = &s->stored.deep;
    double grown;
    cvr_status status = CVR_OK;
    if (!cvr_deep_begin(d))
        return CVR_OK;
    CVR_TRY(phases(s));
    CVR_TRY(cvr_deep_schedule_step(&s->schedule, d, &grown));
    for (int l = 0; l + 1 < d->network.depth && grown > 1; l++)
        cvr_scale(s->stored.D[l], 1 / grown);
    CVR_TRY(cvr_deep_end(d));
done:
    return status;
}

/* Copies of a hidden layer cross a cut twice, down and up. */
static int64_t widest_cut(const pdadmm *s)
{
    const cvr_deep_network *n = &s->stored.deep.network;
    int64_t size = cvr_mat_bytes(n->X.type, n->X.rows, 1), most = 0;
    for (int l = 0; l + 1 < n->depth; l++) {
        int64_t units = n->layers[l].out, coded = cvr_deep_coded_bytes(&s->coder, units);
        int64_t bytes = 2 * (s->coder.bits > 0 ? coded : units * size);
        most = bytes > most ? bytes : most;
    }
    return most;
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    const pdadmm *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_stored_measure(state, progress, outputs));
    if (s->coder.bits > 0 || s->stored.deep.network.stack)
        cvr_remark(progress, "an iteration takes %lld bytes across the widest cut",
                   (long long)widest_cut(s));
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    pdadmm *s = state;
    const given *o = cvr_settings_values(problem->settings);
    cvr_deep_network *n = &s->stored.deep.network;
    static const int bits[] = {0, 16, 8, 4};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_pose(&s->stored.deep, problem, &defaults));
    if (s->stored.deep.grid.stack && (s->stored.deep.options.majorised ||
                                      s->stored.deep.options.growth != CVR_GROWTH_NONE))
        CVR_FAIL(CVR_USAGE, "--grid with columns of layers takes --blocks exact and "
                            "--schedule fixed");
    s->stored.split = true;
    s->coder.bits = bits[o->quantise];
    s->order = CVR_GIVEN(o, order) ? (order)o->order : o->deep.published ? PAPER : PQZWQ;
    for (int l = 0; l + 1 < n->depth; l++)
        n->layers[l].r = o->penalty_copy * n->layers[l].g;
    cvr_deep_schedule_pose(&s->schedule, &s->stored.deep);
done:
    return status;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    pdadmm *s = state;
    const cvr_deep_network *n = &s->stored.deep.network;
    int64_t units = 1, widest = 1;
    cvr_status status = CVR_OK;
    for (int l = 0; l + 1 < n->depth; l++) {
        units += n->layers[l].out;
        widest = widest > n->layers[l].out ? widest : n->layers[l].out;
    }
    cvr_deep_schedule_lay_out(&s->schedule, w);
    CVR_TRY(cvr_deep_coder_lay_out(&s->coder, w, n->X.rows, units, widest));
    CVR_TRY(cvr_deep_stored_lay_out(&s->stored, w));
done:
    return status;
}

static cvr_status restored(void *state)
{
    pdadmm *s = state;
    cvr_deep_schedule_apply(&s->schedule, &s->stored.deep);
    return CVR_OK;
}

const cvr_method cvr_pdadmm_method = {
    .info = {.name = "pdadmm",
             .about = "networks of many layers by pdADMM: layers side by side",
             .options = options,
             .own_threads = true},
    .options_size = sizeof(given),
    .state_size = sizeof(pdadmm),
    .pose = pose,
    .lay_out = lay_out,
    .start = cvr_deep_stored_start,
    .restored = restored,
    .step = step,
    .measure = measure,
    .model = cvr_deep_model,
    .teardown = cvr_deep_teardown,
    .weighs = true,
    .turns = true};
