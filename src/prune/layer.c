/* One layer. A number of weights to keep is met at once: the mode chooses the support,
   and the weights on it are refitted. A relative error is met by bisection over that
   number, since the error falls with it. The modes of L1 have a path of their own
   (path.c).

   l0:  min F(U) with at most k weights, F counting outputs by their sensitivity:
        graph-form ADMM whose v-step keeps the k largest entries (ccp/graph.h), then
        exchanges (exchange.c).
   magnitude, magnitude-refit:  the k largest weights of the network, as they are or
        refitted (refit.c).

   D. Johnston 2017, section 6. */
#include "prune/layer.h"

#include <math.h>

#include "ccp/graph.h"
#include "ccp/ops.h"
#include "linalg/ops.h"
#include "prune/exchange.h"
#include "prune/path.h"
#include "prune/refit.h"

enum { MAJORISE_EVERY = 10, ITERATIONS = 30, FEW_ROUNDS = 3, ROUNDS = 25 };

typedef struct search {
    const cvr_prune_task *task;
    cvr_prune_task inner; /* the same, outputs times their sensitivity */
    cvr_mat Y, Dense;     /* of inner, where they are its own */
    cvr_prune_mode mode;
    cvr_graph graph;
    cvr_mat Trial; /* d x C */
    int64_t weights, iterations, rounds;
    cvr_prune_layer trial;         /* the figures of Trial */
    cvr_workspace workspace, admm; /* admm: of graph */
} search;

/* ---- one trial --------------------------------------------------------------------- */

static cvr_status admm(search *s)
{
    double tolerance = s->task->X.type == CVR_DOUBLE ? 1e-7 : 1e-5;
    cvr_status status = CVR_OK;
    for (int64_t k = 0; k < s->iterations; k += MAJORISE_EVERY) {
        double primal = 0, dual = 0;
        CVR_TRY(cvr_graph_majorise(&s->graph, (cvr_mat){0}, NULL));
        for (int i = 0; i < MAJORISE_EVERY; i++)
            CVR_TRY(cvr_graph_step(&s->graph));
        s->trial.iterations += MAJORISE_EVERY;
        CVR_TRY(cvr_graph_residuals(&s->graph, &primal, &dual));
        if (primal <= tolerance && dual <= tolerance)
            break;
    }
    cvr_graph_weights(&s->graph, s->Trial);
done:
    return status;
}

static cvr_status choose_weights(search *s, int64_t keep)
{
    cvr_mat Dense = s->inner.Dense;
    if (s->mode == CVR_PRUNE_L0 && keep < s->weights) {
        cvr_graph_set_keep(&s->graph, keep);
        return admm(s);
    }
    cvr_copy(s->Trial, Dense);
    cvr_hard_threshold(cvr_prune_weights(s->Trial), cvr_prune_weights(Dense), keep);
    return CVR_OK;
}

/* From the units of the inner problem to those of the task. */
static void restore_units(const search *s, cvr_mat U)
{
    if (!s->Y.device)
        return;
    for (int64_t c = 0; c < U.cols; c++)
        cvr_scale(cvr_mat_cols(U, c, 1), 1 / cvr_get(s->task->sensitivity, c, 0));
}

static cvr_status measure(search *s)
{
    s->trial.kept = cvr_count_nonzero(cvr_prune_weights(s->Trial));
    return cvr_prune_error(s->task, s->Trial, &s->trial.error);
}

static cvr_status try_at(search *s, int64_t keep)
{
    bool all = keep == s->weights;
    cvr_status status = CVR_OK;
    CVR_TRY(choose_weights(s, keep));
    if (s->mode == CVR_PRUNE_L0 && !all)
        CVR_TRY(cvr_prune_exchange(&s->inner, keep, s->rounds, s->Trial));
    else if (s->mode != CVR_PRUNE_MAGNITUDE && s->mode != CVR_PRUNE_L1 &&
             !(all && s->task->exact))
        CVR_TRY(cvr_prune_refit(&s->inner, s->Trial, (cvr_mat){0}, (cvr_mat){0}));
    restore_units(s, s->Trial);
    CVR_TRY(measure(s));
done:
    return status;
}

/* ---- targets ----------------------------------------------------------------------- */

static bool is_met(const search *s)
{
    return s->trial.error <= s->task->options->error;
}

static void accept(const search *s, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_copy(U, s->Trial);
    layer->kept = s->trial.kept;
    layer->error = s->trial.error;
}

/* More exchanges for the number of weights that was found. */
static cvr_status polish(search *s, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_status status = CVR_OK;
    if (s->mode != CVR_PRUNE_L0 || layer->kept == s->weights)
        return CVR_OK;
    cvr_copy(s->Trial, U);
    if (s->Y.device)
        cvr_scale_cols(s->Trial, s->task->sensitivity);
    CVR_TRY(cvr_prune_exchange(&s->inner, layer->kept, ROUNDS, s->Trial));
    restore_units(s, s->Trial);
    CVR_TRY(measure(s));
    if (s->trial.error <= layer->error)
        accept(s, U, layer);
done:
    return status;
}

/* The least number of weights that the error allows, to 1 in 50. */
static cvr_status bisect(search *s, cvr_mat U, cvr_prune_layer *layer)
{
    int64_t low = 0, high = s->weights; /* too few, enough */
    cvr_status status = CVR_OK;
    s->rounds = FEW_ROUNDS;
    CVR_TRY(try_at(s, high));
    layer->reached = is_met(s);
    accept(s, U, layer);
    while (layer->reached && high - low > 1 + high / 50) {
        int64_t middle = low + (high - low) / 2;
        CVR_TRY(try_at(s, middle));
        if (is_met(s)) {
            accept(s, U, layer);
            high = middle;
        } else {
            low = middle;
        }
    }
    CVR_TRY(polish(s, U, layer));
done:
    return status;
}

static cvr_status reach_target(search *s, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_status status = CVR_OK;
    if (s->task->options->error > 0)
        return bisect(s, U, layer);
    CVR_TRY(try_at(s, s->task->keep));
    accept(s, U, layer);
    layer->reached = true;
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

static cvr_status allocate(search *s)
{
    const cvr_prune_task *t = s->task;
    cvr_workspace *w = &s->workspace;
    int64_t d = t->X.cols, C = t->Y.cols;
    cvr_workspace_init(w, t->X.device, t->X.type, "a layer");
    CVR_LAY_SCRATCH(w, d, C, &s->Trial);
    if (s->mode == CVR_PRUNE_L0) {
        CVR_LAY_SCRATCH(w, t->X.rows, C, &s->Y);
        CVR_LAY_SCRATCH(w, d, C, &s->Dense);
    }
    return cvr_workspace_take(w, t->comm);
}

/* The inner problem: max(0, XU) scales with the columns of U. */
static void weight_outputs(search *s)
{
    const cvr_prune_task *t = s->task;
    cvr_copy(s->Y, t->Y);
    cvr_copy(s->Dense, t->Dense);
    cvr_scale_cols(s->Y, t->sensitivity);
    cvr_scale_cols(s->Dense, t->sensitivity);
    s->inner.Y = s->Y;
    s->inner.Dense = s->Dense;
}

static cvr_status start(search *s)
{
    const cvr_prune_task *t = s->task;
    cvr_graph_problem problem = {.X = t->X,
                                 .relu = t->relu,
                                 .intercept = t->X.cols - 1,
                                 .penalty = CVR_GRAPH_KEEP_ALL};
    cvr_status status = CVR_OK;
    CVR_TRY(allocate(s));
    if (s->mode != CVR_PRUNE_L0)
        return CVR_OK;
    weight_outputs(s);
    problem.Y = s->inner.Y;
    CVR_TRY(cvr_graph_new(&problem, t->comm, &s->admm, &s->graph));
    CVR_TRY(cvr_graph_start(&s->graph, s->inner.Dense, NULL));
done:
    return status;
}

/* Without units, or without inputs: there is nothing to choose. */
static cvr_status keep_dense(const cvr_prune_task *t, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_copy(U, t->Dense);
    layer->density = 1;
    layer->reached = true;
    return U.cols > 0 ? cvr_prune_error(t, U, &layer->error) : CVR_OK;
}

static cvr_status fit(const cvr_prune_task *t, cvr_mat U, cvr_prune_layer *layer)
{
    int64_t iterations = t->options->iterations;
    search s = {.task = t,
                .inner = *t,
                .mode = t->options->mode,
                .weights = (U.rows - 1) * U.cols,
                .iterations = iterations > 0 ? iterations : ITERATIONS,
                .rounds = ROUNDS};
    cvr_status status = CVR_OK;
    CVR_TRY(start(&s));
    CVR_TRY(reach_target(&s, U, layer));
    layer->iterations = s.trial.iterations;
done:
    cvr_workspace_free(&s.admm);
    cvr_workspace_free(&s.workspace);
    return status;
}

cvr_status cvr_prune_fit(const cvr_prune_task *t, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_prune_mode mode = t->options->mode;
    bool l1 = mode == CVR_PRUNE_L1 || mode == CVR_PRUNE_L1_REFIT;
    int64_t weights = (U.rows - 1) * U.cols;
    cvr_status status = CVR_OK;
    layer->lambda = layer->gap = NAN;
    if (weights == 0)
        return keep_dense(t, U, layer);
    CVR_TRY(l1 && t->keep != weights ? cvr_prune_path(t, U, layer) : fit(t, U, layer));
    layer->density = (double)layer->kept / (double)weights;
done:
    return status;
}
