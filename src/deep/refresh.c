/* The sweep `refresh`: every z and a is made anew from the present weights, block by
   block.

       forward     m_l = a_{l-1} V_l,  a_l = h(m_l)
       top         z_L = argmin l(z) + <lambda, z - m_L> + b_L |z - m_L|^2
       backward    a   = h(m_l) + (t_{l+1} - m_{l+1}) P_{l+1}
                   z_l = argmin g_l |a - h(z)|^2 + b_l |z - m_l|^2
       sums        S_l += h_{l-1}'t_l,  G_l += h_{l-1}'h_{l-1}

   t_l is z_l, at the top z_L + lambda / (2 b_L) with the full multiplier. An iteration
   solves for all weights from the sums of the sweep before (one message) and sweeps. Kept
   per row: lambda and the outputs. */
#include "deep/lane.h"
#include "deep/sweep.h"
#include "linalg/mats.h"

typedef struct refresh {
    cvr_deep_task *task;
    cvr_deep_multiplier multiplier; /* of this sweep */
    cvr_deep_figures figures;       /* of the last sweep: |z_L - m_L|^2, |z_L|^2 */
} refresh;

/* t_L of one block, and its multiplier. */
static void top(const refresh *s, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const cvr_deep_task *t = s->task;
    int last = t->network->depth - 1;
    cvr_mat Z = cvr_mat_rows(lane->Z, 0, rows);
    cvr_mat T = cvr_mat_rows(lane->strands[last].T, 0, rows);
    cvr_mat M = cvr_mat_rows(t->F, first, rows), U = cvr_mat_rows(t->U, first, rows);
    cvr_deep_top(t->loss, s->multiplier, t->network->layers[last].b, Z, T, U, M,
                 cvr_mat_rows(t->Y, first, rows));
    lane->figures.primal2 += cvr_distance2(Z, M);
    lane->figures.size2 += cvr_dot(Z, Z);
}

/* z of a layer from the E = t - m above it: columns by strips, while they are in the
   cache. */
static void pull(cvr_mat Z, cvr_mat M, cvr_mat E, cvr_mat P, const cvr_deep_layer *layer)
{
    for (int64_t j = 0, cols; j < Z.cols; j += cols) {
        cols = cvr_deep_strip(Z.cols, j, E.cols);
        cvr_mat part = cvr_mat_cols(Z, j, cols);
        cvr_gemm(part, 1, CVR_N, E, CVR_N, cvr_mat_cols(P, j, cols), 0);
        cvr_relu_pull(part, cvr_mat_cols(M, j, cols), layer->g, layer->b);
    }
}

/* From the top down: sums of layer l with t_l, then t_{l-1} from t_l - m_l. */
static void backward(const refresh *s, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const cvr_deep_network *n = lane->network;
    cvr_mat M = cvr_mat_rows(s->task->F, first, rows);
    for (int l = n->depth - 1; l > 0; l--) {
        const cvr_deep_strand *below = &lane->strands[l - 1];
        cvr_mat T = cvr_mat_rows(lane->strands[l].T, 0, rows),
                Z = cvr_mat_rows(below->T, 0, rows);
        cvr_deep_add(lane, l, cvr_mat_rows(below->H, 0, rows), T);
        cvr_axpby(T, -1, M, 1);
        M = cvr_mat_rows(below->M, 0, rows);
        pull(Z, M, T, n->layers[l].P, &n->layers[l - 1]);
    }
    cvr_deep_add(lane, 0, cvr_mat_rows(n->X, first, rows),
                 cvr_mat_rows(lane->strands[0].T, 0, rows));
}

/* A cvr_deep_work. */
static void refresh_block(void *ctx, cvr_deep_lane *lane, int64_t first, int64_t rows)
{
    const refresh *s = ctx;
    cvr_deep_forward(lane, first, rows, cvr_mat_rows(s->task->F, first, rows));
    top(s, lane, first, rows);
    backward(s, lane, first, rows);
}

static void sweep(refresh *s, cvr_deep_multiplier multiplier)
{
    cvr_deep_network *n = s->task->network;
    s->multiplier = multiplier;
    cvr_deep_forget(n, 0, n->depth);
    cvr_deep_each_block(n, refresh_block, s);
    s->figures = cvr_deep_take_figures(n);
}

static cvr_status step(void *state, int64_t iteration)
{
    refresh *s = state;
    cvr_deep_network *n = s->task->network;
    cvr_status status = CVR_OK;
    double t = cvr_wall_seconds();
    CVR_TRY(cvr_deep_solve(n, 0, n->depth));
    t = cvr_phase_end(n->problem, CVR_PHASE_PRIMAL, t);
    if (n->finite)
        sweep(s, cvr_deep_multiplier_at(s->task, iteration + 1));
    cvr_phase_end(n->problem, CVR_PHASE_PROX, t);
done:
    return status;
}

static cvr_status start(void *state)
{
    refresh *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_start(s->task->network, s->task->he, s->task->init_scale));
    sweep(s, cvr_deep_multiplier_at(s->task, 0));
done:
    return status;
}

/* Where a sweep begins, z = m and a = h(z): the objective is the loss. */
static cvr_deep_figures measure(void *state)
{
    refresh *s = state;
    const cvr_deep_task *t = s->task;
    s->figures.objective = cvr_deep_loss_of(t->loss, t->F, t->Y);
    return s->figures;
}

static void keep(void *state, cvr_archive *k)
{
    refresh *s = state;
    double own[] = {s->figures.primal2, s->figures.size2};
    cvr_archive_partial_sums(k, "residual",
                             (cvr_mat){2, 1, 2, CVR_DOUBLE, cvr_cpu(), own});
    s->figures.primal2 = own[0];
    s->figures.size2 = own[1];
}

static cvr_status setup(void *state, cvr_deep_task *task)
{
    refresh *s = state;
    s->task = task;
    return CVR_OK;
}

static void teardown(void *state)
{
    (void)state;
}

const cvr_deep_sweep cvr_deep_refresh = {.name = "refresh",
                                         .state_size = sizeof(refresh),
                                         .setup = setup,
                                         .start = start,
                                         .step = step,
                                         .measure = measure,
                                         .keep = keep,
                                         .teardown = teardown};
