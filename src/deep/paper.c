/* The sweep `paper`: the order of Taylor et al. (2016), algorithm 1, with every z and a
   kept.

       for l = 1 .. L - 1:
           V_l = (sum a'a + eps I)^{-1} sum a'z_l                              a = a_{l-1}
           a_l = h(z_l) + (t_{l+1} - [h(z_l) 1] V_{l+1}) P_{l+1}
           z_l = argmin g_l |a_l - h(z)|^2 + b_l |z - a_{l-1} V_l|^2
       V_L likewise from t_L, then z_L and lambda at m_L = a_{L-1} V_L

   Each step is the exact minimiser over its own unknowns, so that without a multiplier
   (and without a ridge) the objective never rises. A message a layer. */
#include "base/bytes.h"
#include "base/random.h"
#include "deep/lane.h"
#include "deep/sweep.h"
#include "linalg/mats.h"

typedef struct paper {
    cvr_deep_task *task;
    cvr_mat *A,
        *Z; /* own rows x (out and ones), own rows x out; A of hidden layers only */
    cvr_deep_multiplier multiplier; /* of this iteration */
    int layer;                      /* of this step */
} paper;

/* ---- one iteration ------------------------------------------------------------- */

/* a_{l-1} of these rows. */
static cvr_mat input(const paper *s, int l, int64_t first, int64_t rows)
{
    return cvr_mat_rows(l > 0 ? s->A[l - 1] : s->task->network->X, first, rows);
}

/* t_l of these rows: z_l, at the top plus u with the full multiplier. */
static cvr_mat target(const paper *s, cvr_deep_lane *lane, int l, int64_t first,
                      int64_t rows)
{
    cvr_mat Z = cvr_mat_rows(s->Z[l], first, rows);
    cvr_mat T = cvr_mat_rows(lane->strands[l].T, 0, rows);
    if (l + 1 < s->task->network->depth || s->multiplier != CVR_MULTIPLIER_FULL)
        return Z;
    cvr_copy(T, Z);
    cvr_axpby(T, 1, cvr_mat_rows(s->task->U, first, rows), 1);
    return T;
}

/* [h(z_l) 1] of these rows, in the layer's block. */
static cvr_mat activation(const paper *s, cvr_deep_lane *lane, int l, int64_t first,
                          int64_t rows)
{
    cvr_mat H = cvr_mat_rows(lane->strands[l].H, 0, rows);
    cvr_relu_of(cvr_deep_units(lane->network, H), cvr_mat_rows(s->Z[l], first, rows));
    return H;
}

/* a_{l-1} V_l of these rows, in the layer's block. */
static cvr_mat product(const paper *s, cvr_deep_lane *lane, int l, int64_t first,
                       int64_t rows)
{
    cvr_mat M = cvr_mat_rows(lane->strands[l].M, 0, rows);
    cvr_gemm(M, 1, CVR_N, input(s, l, first, rows), CVR_N, lane->network->layers[l].V, 0);
    return M;
}

/* The steps are a cvr_deep_work each. */
static void a_step(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const paper *s = ctx;
    const cvr_deep_network *n = lane->network;
    int l = s->layer;
    cvr_mat H = activation(s, lane, l, first, rows);
    cvr_mat E = cvr_mat_rows(lane->strands[l + 1].M, 0, rows);
    cvr_mat A = cvr_deep_units(n, cvr_mat_rows(s->A[l], first, rows));
    cvr_gemm(E, -1, CVR_N, H, CVR_N, n->layers[l + 1].V, 0);
    cvr_axpby(E, 1, target(s, lane, l + 1, first, rows), 1);
    cvr_copy(A, cvr_deep_units(n, H));
    cvr_gemm(A, 1, CVR_N, E, CVR_N, n->layers[l + 1].P, 1);
}

static void z_step(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const paper *s = ctx;
    const cvr_deep_network *n = lane->network;
    int l = s->layer;
    cvr_mat A = cvr_deep_units(n, cvr_mat_rows(s->A[l], first, rows));
    cvr_relu_prox(cvr_mat_rows(s->Z[l], first, rows), A, product(s, lane, l, first, rows),
                  n->layers[l].g, n->layers[l].b);
}

static void top_step(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const paper *s = ctx;
    const cvr_deep_task *t = s->task;
    int l = s->layer;
    cvr_deep_top(t->loss, s->multiplier, t->network->layers[l].b,
                 cvr_mat_rows(s->Z[l], first, rows),
                 cvr_mat_rows(lane->strands[l].T, 0, rows),
                 cvr_mat_rows(t->U, first, rows), product(s, lane, l, first, rows),
                 cvr_mat_rows(t->Y, first, rows));
}

static void add_step(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const paper *s = ctx;
    cvr_deep_add(lane, s->layer, input(s, s->layer, first, rows),
                 target(s, lane, s->layer, first, rows));
}

static cvr_status w_step(paper *s, int l)
{
    cvr_deep_network *n = s->task->network;
    double begun = cvr_wall_seconds();
    s->layer = l;
    cvr_deep_forget(n, l, 1);
    cvr_deep_each_block(n, add_step, s);
    cvr_status status = cvr_deep_solve(n, l, 1);
    cvr_phase_end(n->problem, CVR_PHASE_PRIMAL, begun);
    return status;
}

static cvr_status step(void *state, int64_t iteration)
{
    paper *s = state;
    cvr_deep_network *n = s->task->network;
    cvr_status status = CVR_OK;
    s->multiplier = cvr_deep_multiplier_at(s->task, iteration);
    for (int l = 0; l < n->depth && n->finite; l++) {
        CVR_TRY(w_step(s, l));
        double begun = cvr_wall_seconds();
        if (l + 1 < n->depth) {
            cvr_deep_each_block(n, a_step, s);
            cvr_deep_each_block(n, z_step, s);
        } else {
            cvr_deep_each_block(n, top_step, s);
        }
        cvr_phase_end(n->problem, CVR_PHASE_PROX, begun);
    }
done:
    return status;
}

/* ---- starting ------------------------------------------------------------------ */

/* Gaussian z and a, and weights that fit them. */
static cvr_status start_gaussian(paper *s)
{
    cvr_deep_network *n = s->task->network;
    const cvr_problem *p = n->problem;
    cvr_status status = CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        uint64_t stream = p->seed + ((uint64_t)(2 * l + 2) << 53);
        cvr_random_normal(s->Z[l], stream, CVR_FOR_STARTS, p->first);
        cvr_scale(s->Z[l], s->task->init_scale);
        if (l + 1 == n->depth)
            break;
        cvr_mat A = cvr_deep_units(n, s->A[l]);
        cvr_random_normal(A, stream + ((uint64_t)1 << 53), CVR_FOR_STARTS, p->first);
        cvr_scale(A, s->task->init_scale);
    }
    for (int l = 0; l < n->depth; l++)
        CVR_TRY(w_step(s, l));
done:
    return status;
}

/* z = m and a = h(z). */
static void follow_weights(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const paper *s = ctx;
    int depth = lane->network->depth;
    cvr_deep_forward(lane, first, rows, cvr_mat_rows(s->Z[depth - 1], first, rows));
    for (int l = 0; l + 1 < depth; l++) {
        cvr_copy(cvr_mat_rows(s->Z[l], first, rows),
                 cvr_mat_rows(lane->strands[l].M, 0, rows));
        cvr_copy(cvr_mat_rows(s->A[l], first, rows),
                 cvr_mat_rows(lane->strands[l].H, 0, rows));
    }
}

static cvr_status start(void *state)
{
    paper *s = state;
    cvr_deep_network *n = s->task->network;
    cvr_status status = CVR_OK;
    s->multiplier = CVR_MULTIPLIER_NONE;
    CVR_TRY(cvr_deep_start(n, s->task->he, s->task->init_scale));
    if (!s->task->he)
        return start_gaussian(s);
    cvr_deep_each_block(n, follow_weights, s);
done:
    return status;
}

/* ---- measuring ----------------------------------------------------------------- */

/* b_l |z_l - m_l|^2 + g_l |a_l - h(z_l)|^2, at the top with the multiplier. */
static void add_figures(const paper *s, cvr_deep_lane *lane, int l, int64_t first,
                        int64_t rows)
{
    const cvr_deep_layer *layer = &lane->network->layers[l];
    cvr_deep_figures *sum = &lane->figures;
    cvr_mat Z = cvr_mat_rows(s->Z[l], first, rows);
    cvr_mat M = product(s, lane, l, first, rows);
    double apart2 = cvr_distance2(Z, M);
    sum->objective += layer->b * apart2;
    sum->primal2 += apart2;
    sum->size2 += cvr_dot(Z, Z);
    if (l + 1 < lane->network->depth) {
        cvr_mat A = cvr_mat_rows(s->A[l], first, rows);
        sum->objective +=
            layer->g * cvr_distance2(A, activation(s, lane, l, first, rows));
    } else {
        cvr_mat U = cvr_mat_rows(s->task->U, first, rows);
        sum->objective += 2 * layer->b * (cvr_dot(U, Z) - cvr_dot(U, M));
    }
}

static void measure_block(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const paper *s = ctx;
    for (int l = 0; l < lane->network->depth; l++)
        add_figures(s, lane, l, first, rows);
    cvr_deep_forward(lane, first, rows, cvr_mat_rows(s->task->F, first, rows));
}

static cvr_deep_figures measure(void *state)
{
    paper *s = state;
    cvr_deep_task *t = s->task;
    cvr_deep_network *n = t->network;
    cvr_deep_each_block(n, measure_block, s);
    cvr_deep_figures sum = cvr_deep_take_figures(n);
    sum.objective += cvr_deep_loss_of(t->loss, s->Z[n->depth - 1], t->Y);
    return sum;
}

static void keep(void *state, cvr_archive *k)
{
    paper *s = state;
    int depth = s->task->network->depth;
    for (int l = 0; l < depth; l++) {
        cvr_archive_push(k, "rows", l + 1);
        cvr_archive_rows(k, "Z", s->Z[l]);
        if (l + 1 < depth)
            cvr_archive_rows(k, "A", s->A[l]);
        cvr_archive_pop(k);
    }
}

/* ---- making -------------------------------------------------------------------- */

static cvr_status setup(void *state, cvr_deep_task *task)
{
    paper *s = state;
    cvr_deep_network *n = task->network;
    int64_t rows = n->X.rows;
    cvr_status status = CVR_OK;
    s->task = task;
    CVR_TRY(cvr_alloc(n->depth, sizeof *s->A, "activations", (void **)&s->A));
    CVR_TRY(cvr_alloc(n->depth, sizeof *s->Z, "activations", (void **)&s->Z));
    for (int l = 0; l < n->depth; l++) {
        int64_t out = n->layers[l].out;
        CVR_TRY(cvr_mat_new(n->X.on, n->X.type, rows, out, &s->Z[l]));
        if (l + 1 == n->depth)
            break;
        CVR_TRY(cvr_mat_new(n->X.on, n->X.type, rows, out + n->bias, &s->A[l]));
        cvr_fill(cvr_mat_cols(s->A[l], out, n->bias), 1);
    }
done:
    return status;
}

static void teardown(void *state)
{
    paper *s = state;
    for (int l = 0; s->task && l < s->task->network->depth; l++) {
        if (s->A)
            cvr_mat_free(&s->A[l]);
        if (s->Z)
            cvr_mat_free(&s->Z[l]);
    }
    cvr_release(s->A);
    cvr_release(s->Z);
}

const cvr_deep_sweep cvr_deep_paper = {.name = "paper",
                                       .state_size = sizeof(paper),
                                       .setup = setup,
                                       .start = start,
                                       .step = step,
                                       .measure = measure,
                                       .keep = keep,
                                       .teardown = teardown};
