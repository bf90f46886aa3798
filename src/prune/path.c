/* The modes of L1:

       min F(U) + lambda |weights|_1   along a path of falling lambda.

   1. All weights 0, the biases fitted: lambda = max |g|, g = dF/du there.
   2. lambda is halved until the target is passed; then the bracket is bisected.
   3. Each lambda begins at the fit of the last one above it: weights of 0 with
      |g_j| > lambda enter, are refitted with the others under the penalty, which sends
      some back to 0, and so on until none enters.

   All rows and features meet only in g; what is fitted is small. (Screening: Tibshirani
   et al. 2012.) */
#include "prune/path.h"

#include <math.h>

#include "ccp/bounds.h"
#include "ccp/lambda_max.h"
#include "ccp/ops.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "prune/refit.h"
#include "prune/slopes.h"

enum { BISECTIONS = 12, ROUNDS = 50 };

/* The end of the path, relative to lambda_max. */
static const double least_lambda = 1e-5;

typedef struct path {
    const cvr_prune_task *task;
    cvr_prune_task inner; /* with lambda */
    cvr_mat lengths;      /* d x 1: |x_j|^2 */
    cvr_prune_slopes at;  /* of the last fit */
    /* The bracket of the target: a fit of too few weights, and the slopes there; a fit
       beyond the target (d x C). */
    cvr_mat Lower, G, Upper;
    cvr_mat Fit, Before;               /* d x C: the present one; work */
    double lambda_lower, lambda_upper; /* of the bracket; 0: there is none yet */
    int64_t few, many;                 /* numbers of weights there */
    int64_t rounds;
    cvr_workspace workspace;
} path;

/* ---- one lambda -------------------------------------------------------------------- */

/* Weights of 0 with |g| > lambda become a little of what they would be alone; returns how
   many. */
static int64_t enter(const path *p, cvr_mat U)
{
    double lambda = p->inner.lambda, tolerance = U.type == CVR_DOUBLE ? 1e-6 : 1e-4;
    int64_t entered = 0;
    for (int64_t c = 0; c < U.cols; c++)
        for (int64_t j = 0; j + 1 < U.rows; j++) {
            double g = cvr_get(p->at.G, j, c), over = fabs(g) - lambda;
            if (cvr_get(U, j, c) != 0 || !(over > tolerance * lambda))
                continue;
            cvr_set(U, j, c, copysign(0.01 * over / cvr_get(p->lengths, j, 0), -g));
            entered++;
        }
    return entered;
}

/* Fit = the fit at lambda, from Lower on. It ends as well when the last few only go in
   and out by rounding. */
static cvr_status fit(path *p, double lambda)
{
    cvr_mat known = {0};
    int64_t most = p->task->options->iterations, size = 0, was = -1;
    cvr_status status = CVR_OK;
    p->inner.lambda = lambda;
    cvr_copy(p->Fit, p->Lower);
    cvr_copy(p->at.G, p->G);
    for (int64_t k = 0; k < (most > 0 ? most : ROUNDS); k++) {
        cvr_copy(p->Before, p->Fit);
        int64_t entered = enter(p, p->Fit);
        if (k > 0 && (entered == 0 || (size == was && entered < size / 1000)))
            break;
        CVR_TRY(cvr_prune_refit(&p->inner, p->Fit, known, (cvr_mat){0}));
        CVR_TRY(cvr_prune_slopes_find(p->task, p->Fit, &p->at));
        known = p->Before;
        was = size;
        size = cvr_count_nonzero(p->Fit);
        p->rounds++;
    }
done:
    return status;
}

/* ---- the path ---------------------------------------------------------------------- */

/* U = a fit, refitted when the mode says so. */
static cvr_status finish(const path *p, cvr_mat Fit, cvr_mat U, double *error)
{
    cvr_status status = CVR_OK;
    cvr_copy(U, Fit);
    if (p->task->options->mode == CVR_PRUNE_L1_REFIT)
        CVR_TRY(cvr_prune_refit(p->task, U, (cvr_mat){0}, (cvr_mat){0}));
    CVR_TRY(cvr_prune_error(p->task, U, error));
done:
    return status;
}

/* Fit becomes an end of the bracket. */
static cvr_status insert(path *p, double lambda)
{
    const cvr_prune_options *o = p->task->options;
    int64_t kept = cvr_count_nonzero(cvr_prune_weights(p->Fit));
    bool beyond = o->density > 0 && kept > p->task->keep;
    double error = 0;
    cvr_status status = CVR_OK;
    if (o->error > 0) {
        CVR_TRY(finish(p, p->Fit, p->Before, &error));
        beyond = error <= o->error;
    }
    cvr_copy(beyond ? p->Upper : p->Lower, p->Fit);
    *(beyond ? &p->lambda_upper : &p->lambda_lower) = lambda;
    *(beyond ? &p->many : &p->few) = kept;
    if (!beyond)
        cvr_copy(p->G, p->at.G);
done:
    return status;
}

/* Weights of 0 with their biases, for lambda = the largest slope there. */
static cvr_status begin(path *p)
{
    cvr_status status = CVR_OK;
    cvr_fill(p->Fit, 0);
    CVR_TRY(cvr_prune_refit(p->task, p->Fit, (cvr_mat){0}, (cvr_mat){0}));
    CVR_TRY(cvr_prune_slopes_find(p->task, p->Fit, &p->at));
    cvr_copy(p->Lower, p->Fit);
    CVR_TRY(insert(p, cvr_max_abs(cvr_prune_weights(p->at.G))));
done:
    return status;
}

/* Within the bracket: where the number of weights would be met, if it goes like a power
   of lambda; for an error the middle. */
static double within(const path *p)
{
    double part = 0.5;
    if (p->task->options->density > 0)
        part = ((double)p->task->keep - (double)p->few) / (double)(p->many - p->few);
    part = fmin(fmax(part, 0.1), 0.9);
    return p->lambda_lower * pow(p->lambda_upper / p->lambda_lower, part);
}

/* A few weights too many, the smallest of which may go, for the others are refitted. */
static bool can_be_cut(const path *p)
{
    const cvr_prune_options *o = p->task->options;
    int64_t keep = p->task->keep;
    return o->density > 0 && o->mode == CVR_PRUNE_L1_REFIT && p->lambda_upper > 0 &&
           p->many <= keep + keep / 50;
}

static bool is_close(const path *p)
{
    int64_t keep = p->task->keep;
    if (p->task->options->density > 0)
        return p->few >= keep - keep / 500 || can_be_cut(p);
    return p->lambda_upper >= 0.99 * p->lambda_lower;
}

static void cut(path *p)
{
    cvr_mat Upper = cvr_prune_weights(p->Upper), Before = cvr_prune_weights(p->Before);
    cvr_copy(Before, Upper);
    cvr_hard_threshold(Upper, Before, p->task->keep);
}

static cvr_status bisect(path *p, double end)
{
    cvr_status status = CVR_OK;
    CVR_TRY(begin(p));
    while (p->lambda_upper == 0 && p->lambda_lower > end && !is_close(p)) {
        double lambda = fmax(p->lambda_lower / 2, end);
        CVR_TRY(fit(p, lambda));
        CVR_TRY(insert(p, lambda));
    }
    for (int i = 0; i < BISECTIONS && p->lambda_upper > 0 && !is_close(p); i++) {
        double lambda = within(p);
        CVR_TRY(fit(p, lambda));
        CVR_TRY(insert(p, lambda));
    }
done:
    return status;
}

/* ---- the layer --------------------------------------------------------------------- */

/* The gap of the convex problem whose majoriser touches F at U. */
static cvr_status find_gap(const cvr_prune_task *t, cvr_mat U, double lambda, double *gap)
{
    cvr_graph_problem problem = {.X = t->X,
                                 .Y = t->Y,
                                 .relu = t->relu,
                                 .intercept = t->X.cols - 1,
                                 .penalty = CVR_GRAPH_L1,
                                 .lambda = lambda};
    cvr_workspace w;
    cvr_graph graph;
    cvr_graph_bounds bounds;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_graph_new(&problem, t->comm, &w, &graph));
    CVR_TRY(cvr_graph_start(&graph, U, NULL));
    CVR_TRY(cvr_graph_gap(&graph, &bounds));
    *gap = bounds.gap;
done:
    cvr_workspace_free(&w);
    return status;
}

/* The lambda from which on all weights of the layer are 0. */
static cvr_status find_lambda_max(const cvr_prune_task *t, double *lambda_max)
{
    double lower;
    cvr_mat features = cvr_mat_cols(t->X, 0, t->X.cols - 1);
    return t->relu ? cvr_lambda_max(&(cvr_lambda_rows){.X = features, .Y = t->Y},
                                    CVR_NO_CONSTANT, t->comm, (cvr_mat){0}, lambda_max,
                                    &lower)
                   : cvr_lambda_max_linear(t->X, t->Y, true, t->comm, lambda_max);
}

static cvr_status allocate(path *p)
{
    cvr_workspace *w = &p->workspace;
    int64_t d = p->task->X.cols, C = p->task->Y.cols;
    cvr_workspace_init(w, p->task->X.device, p->task->X.type, "a path of penalties");
    CVR_LAY_SCRATCH(w, d, C, &p->Lower, &p->G, &p->Upper, &p->Fit, &p->Before);
    CVR_LAY_SCRATCH(w, d, 1, &p->lengths);
    cvr_prune_slopes_lay_out(p->task, false, &p->at, w);
    return cvr_workspace_take(w, p->task->comm);
}

static cvr_status find_lengths(path *p)
{
    cvr_col_norms(p->lengths, p->task->X);
    cvr_hadamard(p->lengths, p->lengths);
    return cvr_allreduce(p->task->comm, p->lengths);
}

/* U = the end of the bracket that the target takes. */
static cvr_status choose(path *p, double end, cvr_mat U, cvr_prune_layer *layer)
{
    const cvr_prune_options *o = p->task->options;
    bool upper = p->lambda_upper > 0 && (o->error > 0 || can_be_cut(p));
    cvr_status status = CVR_OK;
    if (upper && o->density > 0)
        cut(p);
    layer->reached = o->error == 0 || upper;
    layer->lambda = o->lambda_relative > 0 ? end
                    : upper                ? p->lambda_upper
                                           : p->lambda_lower;
    layer->iterations = p->rounds;
    CVR_TRY(finish(p, upper ? p->Upper : p->Lower, U, &layer->error));
    layer->kept = cvr_count_nonzero(cvr_prune_weights(U));
done:
    return status;
}

cvr_status cvr_prune_path(const cvr_prune_task *t, cvr_mat U, cvr_prune_layer *layer)
{
    const cvr_prune_options *o = t->options;
    path p = {.task = t, .inner = *t};
    double lambda_max = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(allocate(&p));
    CVR_TRY(find_lengths(&p));
    CVR_TRY(find_lambda_max(t, &lambda_max));
    double end =
        lambda_max * (o->lambda_relative > 0 ? o->lambda_relative : least_lambda);
    CVR_TRY(bisect(&p, end));
    CVR_TRY(choose(&p, end, U, layer));
    if (o->mode == CVR_PRUNE_L1)
        CVR_TRY(find_gap(t, U, layer->lambda, &layer->gap));
done:
    cvr_workspace_free(&p.workspace);
    return status;
}
