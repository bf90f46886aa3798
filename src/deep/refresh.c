/* deep --sweep refresh: every z and a is made anew from the present weights, block by
   block, and labels pass through all layers in one iteration.

       minimise  c l(z_L, y) + <lambda, z_L - m_L> + b_L |z_L - m_L|^2
                 + sum_{l<L} ( g_l |a_l - h(z_l)|^2 + b_l |z_l - m_l|^2 )
       m_l = a_{l-1} V_l, h = ReLU, a_0 = X                   after Taylor et al. (2016)

   1. weights    V_l = (G_l + eps I)^{-1} S_l  of all layers, from one message
   2. forward    m_l,  a_l = h(m_l)                                     l = 1 .. L
   3. top        z_L = argmin c l(z) + <lambda, z - m_L> + b_L |z - m_L|^2
                 t_L = z_L + lambda / (2 b_L);  lambda += 2 b_L (z_L - m_L)
   4. backward   S_l += a_{l-1}'t_l,  G_l += a_{l-1}'a_{l-1}            l = L .. 1
                 a = a_{l-1} + (t_l - m_l) P_l
                 t_{l-1} = z_{l-1} = argmin g |a - h(z)|^2 + b |z - m_{l-1}|^2

   Without the full multiplier t_L = z_L. Kept per row: lambda and the outputs.

   With a tube (mdlam.c) the pull (t_l - m_l) P_l is clipped, entry by entry, at tau times
   the root mean square of a_{l-1} in the sweep before. */
#include "deep/refresh.h"

#include <float.h>
#include <math.h>

#include "deep/block.h"
#include "deep/forward.h"
#include "deep/ops.h"
#include "linalg/mats.h"

/* ---- a block of rows -------------------------------------------------------------- */

/* From the top down: sums of layer l with t_l, then t_{l-1} from t_l - m_l. */
static void backward(cvr_deep *s, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    cvr_deep_network *n = &s->network;
    cvr_mat M = cvr_mat_rows(s->F, first, rows);
    for (int l = n->depth - 1; l > 0; l--) {
        const cvr_deep_block *below = &t->blocks[l - 1];
        cvr_mat T = cvr_mat_rows(t->blocks[l].T, 0, rows);
        cvr_deep_add(&n->reduction, t->index, l, first, cvr_mat_rows(below->H, 0, rows),
                     T);
        cvr_axpby(T, -1, M, 1);
        M = cvr_mat_rows(below->M, 0, rows);
        cvr_deep_pull_z(cvr_mat_rows(below->T, 0, rows), M, T, n->layers[l].P,
                        &n->layers[l - 1]);
    }
    cvr_deep_add(&n->reduction, t->index, 0, first, cvr_mat_rows(n->X, first, rows),
                 cvr_mat_rows(t->blocks[0].T, 0, rows));
}

/* A cvr_deep_work. */
static void sweep_block(void *ctx, cvr_deep_thread *t, int64_t first, int64_t rows)
{
    cvr_deep *s = ctx;
    cvr_deep_forward(t, first, rows, cvr_mat_rows(s->F, first, rows));
    cvr_deep_top_block(s, t, cvr_mat_rows(t->blocks[s->network.depth - 1].T, 0, rows),
                       first, rows);
    backward(s, t, first, rows);
}

/* ---- an iteration ----------------------------------------------------------------- */

static void sweep(cvr_deep_sweep *s, int64_t iteration)
{
    cvr_deep_network *n = &s->deep.network;
    cvr_deep_multiply(&s->deep, iteration);
    cvr_deep_zero(&n->reduction, 0, n->depth);
    cvr_deep_each_block(n, sweep_block, &s->deep);
    cvr_deep_gather(&n->reduction, 0, n->depth);
    cvr_deep_figures figures = cvr_deep_take_figures(n);
    cvr_set(s->residual, 0, 0, figures.primal2);
    cvr_set(s->residual, 1, 0, figures.size2);
}

/* How far pulls go: tau times the root mean square of the activations that G is made of,
   without the ones. */
static void set_reach(const cvr_deep_sweep *s, cvr_deep_network *n)
{
    double rows = cvr_problem_total(n->problem);
    for (int l = 0; l + 1 < n->depth && s->tube > 0; l++) {
        double size2 = fmax(n->layers[l + 1].trace - n->bias * rows, 0);
        double rms = sqrt(size2 / (rows * (double)n->layers[l].out));
        n->layers[l].reach = fmax(s->tube * rms, DBL_MIN);
    }
}

/* The set-up makes the first sweep, so that an iteration ends with the outputs of its own
   weights. */
cvr_status cvr_deep_refresh_step(void *state)
{
    cvr_deep_sweep *s = state;
    cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    double t = cvr_wall_seconds();
    if (!cvr_deep_begin(&s->deep))
        return CVR_OK;
    CVR_TRY(cvr_deep_w_step(n, 0, n->depth));
    set_reach(s, n);
    t = cvr_phase_end(n->problem, CVR_PHASE_PRIMAL, t);
    if (n->fit.finite)
        sweep(s, s->deep.iterations + 1);
    cvr_phase_end(n->problem, CVR_PHASE_PROX, t);
    CVR_TRY(cvr_deep_end(&s->deep));
done:
    return status;
}

/* Where a sweep begins, z = m and a = h(z): the objective is the loss. */
cvr_status cvr_deep_refresh_measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    cvr_deep_sweep *s = state;
    cvr_deep *d = &s->deep;
    cvr_deep_figures own = {.objective = cvr_deep_own_loss(d, d->F),
                            .primal2 = cvr_get(s->residual, 0, 0),
                            .size2 = cvr_get(s->residual, 1, 0)};
    return cvr_deep_report(d, own, progress, outputs);
}

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    return cvr_deep_pose(&((cvr_deep_sweep *)state)->deep, problem,
                         &cvr_deep_refresh_defaults);
}

cvr_status cvr_deep_refresh_lay_out(void *state, cvr_workspace *w)
{
    cvr_deep_sweep *s = state;
    cvr_lay_double(w, CVR_PARTIAL, "residual", &s->residual, 2, 1);
    for (int l = 0; l + 1 < s->deep.network.depth && s->tube > 0; l++) {
        cvr_workspace_push(w, "tube", l + 1);
        cvr_lay_real(w, "reach", &s->deep.network.layers[l].reach);
        cvr_workspace_pop(w);
    }
    return cvr_deep_lay_out(&s->deep, w, CVR_PARTIAL);
}

cvr_status cvr_deep_refresh_start(void *state)
{
    cvr_deep_sweep *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_start(&s->deep));
    sweep(s, 0);
    CVR_TRY(cvr_deep_started(&s->deep));
done:
    return status;
}

const cvr_method cvr_deep_refresh = {.info = {.name = "deep"},
                                     .state_size = sizeof(cvr_deep_sweep),
                                     .pose = pose,
                                     .lay_out = cvr_deep_refresh_lay_out,
                                     .start = cvr_deep_refresh_start,
                                     .step = cvr_deep_refresh_step,
                                     .measure = cvr_deep_refresh_measure,
                                     .model = cvr_deep_model,
                                     .weighs = true,
                                     .turns = true};
