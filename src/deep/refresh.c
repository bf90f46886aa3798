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
#include "base/bytes.h"
#include "deep/sweep.h"
#include "linalg/mats.h"

typedef struct refresh {
    cvr_deep_task *task;
    cvr_mat *T; /* one block of t_l, then of t_l - m_l: rows x out; depth of them */
    cvr_mat Z;  /* one block of z_L */
    double primal2, size2; /* of the last sweep: |z_L - m_L|^2, |z_L|^2 */
} refresh;

/* t_L of one block, and its multiplier. */
static void top(refresh *s, int64_t first, int64_t rows, cvr_deep_multiplier multiplier)
{
    cvr_deep_task *t = s->task;
    int last = t->network->depth - 1;
    cvr_mat Z = cvr_mat_rows(s->Z, 0, rows), T = cvr_mat_rows(s->T[last], 0, rows);
    cvr_mat M = cvr_mat_rows(t->F, first, rows), U = cvr_mat_rows(t->U, first, rows);
    cvr_deep_top(t->loss, multiplier, t->network->layers[last].b, Z, T, U, M,
                 cvr_mat_rows(t->Y, first, rows));
    s->primal2 += cvr_distance2(Z, M);
    s->size2 += cvr_dot(Z, Z);
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
static void backward(refresh *s, int64_t first, int64_t rows)
{
    cvr_deep_network *n = s->task->network;
    cvr_mat M = cvr_mat_rows(s->task->F, first, rows);
    for (int l = n->depth - 1; l > 0; l--) {
        const cvr_deep_layer *below = &n->layers[l - 1];
        cvr_mat H = cvr_mat_rows(below->H, 0, rows);
        cvr_mat T = cvr_mat_rows(s->T[l], 0, rows),
                Z = cvr_mat_rows(s->T[l - 1], 0, rows);
        cvr_deep_add(n, l, H, T);
        cvr_axpby(T, -1, M, 1);
        M = cvr_mat_rows(below->M, 0, rows);
        pull(Z, M, T, n->layers[l].P, below);
    }
    cvr_deep_add(n, 0, cvr_mat_rows(n->X, first, rows), cvr_mat_rows(s->T[0], 0, rows));
}

static void sweep(refresh *s, cvr_deep_multiplier multiplier)
{
    cvr_deep_network *n = s->task->network;
    s->primal2 = s->size2 = 0;
    cvr_deep_forget(n, 0, n->depth);
    for (int64_t i = 0; i < n->X.rows; i += n->block) {
        int64_t rows = n->X.rows - i < n->block ? n->X.rows - i : n->block;
        cvr_deep_forward(n, i, rows, cvr_mat_rows(s->task->F, i, rows));
        top(s, i, rows, multiplier);
        backward(s, i, rows);
    }
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
    return (cvr_deep_figures){cvr_deep_loss_of(t->loss, t->F, t->Y), s->primal2,
                              s->size2};
}

static void keep(void *state, cvr_keeper *k)
{
    refresh *s = state;
    double own[] = {s->primal2, s->size2};
    cvr_keep_sums(k, "residual", (cvr_mat){2, 1, 2, CVR_DOUBLE, cvr_cpu(), own});
    s->primal2 = own[0];
    s->size2 = own[1];
}

static cvr_status setup(void *state, cvr_deep_task *task)
{
    refresh *s = state;
    cvr_deep_network *n = task->network;
    cvr_status status = CVR_OK;
    s->task = task;
    CVR_TRY(cvr_alloc(n->depth, sizeof *s->T, "targets", (void **)&s->T));
    for (int l = 0; l < n->depth; l++)
        CVR_TRY(cvr_mat_new(n->X.on, n->X.type, n->block, n->layers[l].out, &s->T[l]));
    CVR_TRY(cvr_mat_new(n->X.on, n->X.type, n->block, task->Y.cols, &s->Z));
done:
    return status;
}

static void teardown(void *state)
{
    refresh *s = state;
    for (int l = 0; s->T && l < s->task->network->depth; l++)
        cvr_mat_free(&s->T[l]);
    cvr_release(s->T);
    cvr_mat_free(&s->Z);
}

const cvr_deep_sweep cvr_deep_refresh = {.name = "refresh",
                                         .state_size = sizeof(refresh),
                                         .setup = setup,
                                         .start = start,
                                         .step = step,
                                         .measure = measure,
                                         .keep = keep,
                                         .teardown = teardown};
