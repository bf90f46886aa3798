/* Options, model and measurement of the family. */
#include "deep/deep.h"

#include <math.h>
#include <stdio.h>

#include "deep/grow.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "parallel/comm.h"
#include "solver/remark.h"

/* ---- the model -------------------------------------------------------------------- */

/* W and b of a layer from V, on the processor. */
static cvr_status put_layer(const cvr_deep *s, cvr_mat V, cvr_layer *layer)
{
    int bias = s->network.bias;
    cvr_mat own = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_bring(cvr_cpu(), V, &own, &V));
    cvr_transpose(layer->W, cvr_mat_rows(V, 0, V.rows - bias));
    if (bias)
        cvr_transpose(layer->b, cvr_mat_rows(V, V.rows - 1, 1));
done:
    cvr_mat_free(&own);
    return status;
}

static cvr_status make_model(const cvr_deep *s, const cvr_mat *V, cvr_model *m)
{
    int64_t sizes[CVR_DEEP_MOST + 1];
    int depth = s->network.depth;
    cvr_mat own = {0}, shift;
    cvr_status status = CVR_OK;
    sizes[0] = s->network.layers[0].units;
    for (int l = 0; l < depth; l++)
        sizes[l + 1] = V[l].cols;
    CVR_TRY(cvr_model_new(s->network.X.type, depth, sizes, m));
    for (int l = 0; l < depth; l++)
        CVR_TRY(put_layer(s, V[l], &m->layers[l]));
    CVR_TRY(cvr_mat_bring(cvr_cpu(), s->targets.shift, &own, &shift));
    cvr_axpby(m->layers[depth - 1].b, 1, shift, 1);
done:
    cvr_mat_free(&own);
    return status;
}

cvr_status cvr_deep_model(void *state, cvr_model *m)
{
    const cvr_deep *s = state;
    return make_model(s, s->best.kept, m);
}

/* The present weights as V of a model. */
static void copy_weights(const cvr_deep *s, cvr_mat *V)
{
    int top = s->network.depth - 1;
    for (int l = 0; l < top; l++)
        cvr_copy(V[l], s->network.layers[l].V);
    cvr_gemm(V[top], 1, CVR_N, s->network.layers[top].V, CVR_N, s->targets.R, 0);
}

/* Makes the present weights the model, unless an earlier one did as well on the rows held
   out. */
static cvr_status keep_best(cvr_deep *s, double objective)
{
    cvr_best *best = &s->best;
    cvr_model m = {0};
    bool better;
    cvr_status status = CVR_OK;
    copy_weights(s, best->next);
    if (s->problem->held)
        status = make_model(s, best->next, &m);
    CVR_TRY(cvr_best_offer(best, status, &m, &better));
    if (!better)
        return CVR_OK;
    best->objective = objective;
    best->at = s->iterations;
    cvr_deep_targets_read(&s->targets, cvr_mat_rows(s->F, s->grid.place, s->grid.own),
                          best->outputs);
done:
    return status;
}

/* ---- one iteration ---------------------------------------------------------------- */

void cvr_deep_multiply(cvr_deep *s, int64_t iteration)
{
    bool warm = iteration < s->options.warm;
    s->top.multiplier = warm ? CVR_MULTIPLIER_NONE : s->options.multiplier;
}

bool cvr_deep_begin(cvr_deep *s)
{
    cvr_deep_fit *fit = &s->network.fit;
    if (!fit->finite)
        return false;
    fit->change2 = fit->size2 = 0;
    cvr_deep_lower_ridge(fit, s->iterations);
    return true;
}

cvr_status cvr_deep_end(cvr_deep *s)
{
    const cvr_deep_fit *fit = &s->network.fit;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_interrupt_sync(s->problem->comm));
    s->iterations++;
    s->change[1] = s->change[0];
    s->change[0] = fit->size2 > 0 ? sqrt(fit->change2 / fit->size2) : 0;
done:
    return status;
}

double cvr_deep_own_loss(const cvr_deep *s, cvr_mat F)
{
    return cvr_deep_grid_top(&s->grid)
               ? cvr_deep_loss(&s->top, F, s->targets.Y, s->grid.problem.W)
               : 0;
}

/* ---- measuring -------------------------------------------------------------------- */

static int64_t units(const cvr_deep *s, int64_t *dead)
{
    int64_t count = 0;
    *dead = 0;
    for (int l = 0; l + 1 < s->network.depth; l++) {
        count += s->network.layers[l].out;
        *dead += s->network.layers[l + 1].dead;
    }
    return count;
}

static void comment(const cvr_deep *s, double objective, cvr_progress *p)
{
    int64_t dead, all = units(s, &dead), raised = s->network.fit.escalations;
    p->active_neurons = all - dead;
    if (!s->network.fit.finite)
        cvr_remark(p, "a sum over the rows is no longer finite");
    if (s->problem->held)
        cvr_remark(p,
                   "the model is that of iteration %lld, the best on %lld training rows "
                   "held out",
                   (long long)s->best.at, (long long)s->problem->held->rows);
    if (dead > 0)
        cvr_remark(p, "%lld of %lld hidden units are dead", (long long)dead,
                   (long long)all);
    if (raised > 0)
        cvr_remark(p, "a ridge was raised %lld times", (long long)raised);
    if (objective > 1.5 * s->lowest)
        cvr_remark(
            p, "the objective was %.3g at iteration %lld: a %s --penalty-top may help",
            s->lowest, (long long)s->lowest_at,
            s->options.multiplier == CVR_MULTIPLIER_PAPER ? "smaller" : "larger");
}

cvr_status cvr_deep_report(cvr_deep *s, cvr_deep_figures own, cvr_progress *progress,
                           cvr_mat *outputs)
{
    double sums[] = {own.objective, own.primal2, own.size2};
    bool *finite = &s->network.fit.finite;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_sum(s->problem->comm, sums, 3));
    CVR_TRY(cvr_interrupt_check(s->problem->comm));
    double objective = s->targets.square * sums[0];
    progress->primal_residual = sums[2] > 0 ? sqrt(sums[1] / sums[2]) : 0;
    *finite = *finite && isfinite(sums[0]);
    if (*finite)
        CVR_TRY(keep_best(s, objective));
    progress->objective = *finite ? s->best.objective : objective;
    snprintf(progress->solver, sizeof progress->solver, "%s", s->name);
    if (objective < s->lowest) {
        s->lowest = objective;
        s->lowest_at = s->iterations;
    }
    comment(s, objective, progress);
    *outputs = s->best.outputs;
    if (!*finite)
        progress->outcome = CVR_DIVERGED;
    else if (s->change[0] <= s->options.tolerance && s->change[1] <= s->options.tolerance)
        progress->outcome = CVR_CONVERGED;
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

cvr_status cvr_deep_pose(cvr_deep *s, const cvr_problem *problem,
                         const cvr_deep_defaults *defaults)
{
    const cvr_deep_given *given = cvr_settings_values(problem->settings);
    cvr_deep_options *o = &s->options;
    cvr_status status = CVR_OK;
    s->problem = problem;
    s->name = defaults->name;
    s->lowest = s->change[0] = INFINITY;
    CVR_TRY(cvr_deep_read(problem, defaults, o));
    CVR_TRY(cvr_deep_grid_pose(&s->grid, problem, given->grid));
    s->top = (cvr_deep_top){
        .loss = o->loss, .c = o->loss == &cvr_loss_squared ? 2 : 1, .b = o->penalty_top};
    cvr_deep_targets_pose(&s->targets, &s->grid.problem, o->loss);
    CVR_TRY(cvr_deep_network_pose(&s->network, &s->grid.problem, o, s->targets.Y.cols));
    CVR_TRY(cvr_deep_grid_deal(&s->grid, &s->network));
done:
    return status;
}

cvr_status cvr_deep_lay_out(cvr_deep *s, cvr_workspace *w, cvr_mark saved)
{
    const cvr_deep_network *n = &s->network;
    const cvr_deep_grid *g = &s->grid;
    int64_t rows = g->problem.Y.rows, outputs = s->targets.Y.cols;
    bool saves = cvr_deep_grid_top(g);
    cvr_status status = CVR_OK;
    cvr_lay_count(w, "iterations", &s->iterations);
    cvr_lay_reals(w, "change", s->change, 2);
    cvr_lay_real(w, "lowest", &s->lowest);
    cvr_lay_count(w, "lowest_at", &s->lowest_at);
    cvr_lay_rows_of(w, "U", &s->U, rows, outputs, g->first, saves);
    cvr_lay_rows_of(w, "F", &s->F, rows, outputs, g->first, saves);
    cvr_deep_grid_lay_out(&s->grid, w, &s->network);
    CVR_TRY(cvr_deep_targets_lay_out(&s->targets, w));
    CVR_TRY(cvr_deep_network_lay_out(&s->network, w, saved));
    for (int l = 0; l < n->depth; l++)
        cvr_best_lay(&s->best, w, n->layers[l].in,
                     l + 1 < n->depth ? n->layers[l].out : s->problem->Y.cols);
    cvr_best_lay_out(&s->best, w, s->problem);
done:
    return status;
}

cvr_status cvr_deep_start(cvr_deep *s)
{
    const cvr_deep_given *given = cvr_settings_values(s->problem->settings);
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_squares_check(s->problem, false));
    CVR_TRY(cvr_deep_grid_start(&s->grid, &s->network));
    CVR_TRY(cvr_deep_targets_start(&s->targets));
    CVR_TRY(cvr_deep_network_start(&s->network));
    CVR_TRY(cvr_deep_draw(&s->network, s->options.he, s->options.init_scale));
    if (given->grow_from)
        CVR_TRY(cvr_allreduce_status(
            s->problem->comm, cvr_deep_grow(&s->network, &s->targets, given->grow_from)));
done:
    return status;
}

cvr_status cvr_deep_started(cvr_deep *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_interrupt_sync(s->problem->comm));
    copy_weights(s, s->best.kept);
done:
    return status;
}

void cvr_deep_teardown(void *state)
{
    cvr_deep_grid_free(&((cvr_deep *)state)->grid);
}
