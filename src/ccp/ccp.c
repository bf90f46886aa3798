/* The method `ccp': one ReLU layer with sparse weights, by majorisation:

       minimise  F(U, b) = lambda |U|_1 + sum_pc omega_p ( max(0, w_pc) + b_c - y_pc )^2,
                 W = X U

   with an offset b for each output where the bias is free, else without. F is not convex:

   1. An algorithm goes downhill from several starts: newton.c, graph_admm.c or
      consensus.c. Each step majorises F at the present weights and lowers the majoriser.
   2. The best weights of each output are kept (multistart.c).
   3. Graph-form ADMM polishes them until the convex majoriser that touches F there is
      solved to the tolerance, which its duality gap shows (bounds.c).

   Source: D. Johnston 2017, corrected (docs/mathematics.md, "What differs from the
   note"). */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "ccp/lambda_max.h"
#include "ccp/multistart.h"
#include "ccp/offset.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "solver/remark.h"

enum { AUTO, NEWTON, GRAPH, CONSENSUS }; /* --solver */
enum { AUTO_START, BOTH, ZERO, LEAST_SQUARES };

typedef struct ccp_options {
    cvr_run_options run;
    double lambda, lambda_relative;
    int solver, start;
    int64_t restarts, outer, inner;
} ccp_options;

#define AT(type, field) CVR_FIELD(ccp_options, type, field)
static const cvr_option options[] = {
    {"lambda", CVR_REAL, "", 0, DBL_MAX, NULL, "penalty", AT(double, lambda)},
    {"lambda-relative", CVR_REAL, "0.1", 0, DBL_MAX, NULL,
     "penalty as a fraction of lambda_max, the smallest one at which zero weights are "
     "optimal",
     AT(double, lambda_relative)},
    {"solver", CVR_CHOICE, "auto", 0, 0, "auto|newton|graph|consensus",
     "algorithm; auto: newton where its matrices are small, else graph", AT(int, solver)},
    {"start", CVR_CHOICE, "auto", 0, 0, "auto|both|zero|least-squares",
     "initial weights; both: the better is kept; auto: both, or zero where the data are "
     "too large for restarts",
     AT(int, start)},
    {"restarts", CVR_INTEGER, "", 0, 1e6, NULL,
     "additional random starts; default: more for smaller data, at most 50",
     AT(int64_t, restarts)},
    {"outer", CVR_INTEGER, "200", 1, 1e9, NULL, "largest number of majorisers per start",
     AT(int64_t, outer)},
    {"inner", CVR_INTEGER, "", 1, 1e9, NULL,
     "splitting iterations per majoriser; default 10, with consensus 100",
     AT(int64_t, inner)},
    {"max-iterations", CVR_INTEGER, "100000", 1, 1e15, NULL,
     "stop after this number of majorisers over all starts"},
    {"tolerance", CVR_REAL, "1e-6", 0, 1, NULL,
     "stop at this relative gap of the last convex problem"},
    {0}};

static cvr_status step(void *state)
{
    cvr_multistart *s = state;
    double t = cvr_wall_seconds();
    cvr_status status = cvr_multistart_step(s);
    cvr_phase_end(s->ccp.problem, CVR_PHASE_PRIMAL, t);
    return status;
}

/* ---- measuring --------------------------------------------------------------------- */

static int64_t features(const cvr_ccp *p)
{
    return p->d - (p->graph.problem.intercept >= 0);
}

static void comment(const cvr_multistart *s, cvr_mat U, cvr_progress *p)
{
    int64_t rows = features(&s->ccp);
    int64_t used = cvr_count_nonzero(cvr_mat_part(U, 0, 0, rows, U.cols));
    if (s->zero)
        cvr_remark(p, "zero weights are globally optimal: lambda %.6g is not below %.6g",
                   s->ccp.lambda, s->zero_from);
    else
        cvr_remark(p,
                   "%lld of %lld weights are not zero; lambda %.6g, lambda_max %.6g; "
                   "%lld starts",
                   (long long)used, (long long)(rows * U.cols), s->ccp.lambda,
                   s->lambda_max, (long long)s->starts);
    if (s->zero_rows > 0)
        cvr_remark(p, "%lld rows without features are skipped", (long long)s->zero_rows);
}

static int64_t active(cvr_mat U)
{
    int64_t count = 0;
    for (int64_t c = 0; c < U.cols; c++)
        count += cvr_count_nonzero(cvr_mat_cols(U, c, 1)) > 0;
    return count;
}

/* The current weights are the model, unless an earlier start ended lower. */
static bool current_is_best(const cvr_multistart *s)
{
    return s->stage != CVR_FINISHED && s->objective < cvr_multistart_total(s, s->best);
}

static cvr_mat weights(const cvr_multistart *s)
{
    return current_is_best(s) ? cvr_multistart_current(s)->U : s->Best;
}

/* B (C x 1) = the offsets of these weights. */
static void offsets(const cvr_multistart *s, cvr_mat B)
{
    const double *b = current_is_best(s) ? s->ccp.b : s->best_b;
    for (int64_t c = 0; c < s->ccp.C; c++)
        cvr_set(B, c, 0, s->ccp.offset ? b[c] : 0);
}

static cvr_status measure(void *state, cvr_progress *p, cvr_mat *outputs)
{
    cvr_multistart *s = state;
    cvr_mat U = weights(s);
    cvr_mat XU = s->search->products;
    if (s->stage != CVR_SEARCHING || U.data != s->search->U.data || !XU.device)
        cvr_gemm(XU = s->F, 1, CVR_N, s->ccp.X, CVR_N, U, 0);
    cvr_relu_of(s->F, XU);
    if (s->ccp.unroot.data)
        cvr_scale_rows(s->F, s->ccp.unroot);
    offsets(s, s->B);
    cvr_add_row(s->F, s->B);
    *outputs = s->F;
    p->objective = fmin(s->objective, cvr_multistart_total(s, s->best));
    p->active_neurons = active(U);
    snprintf(p->solver, sizeof p->solver, "%s", s->algorithm->name);
    comment(s, U, p);
    if (s->stage == CVR_FINISHED) {
        p->objective = cvr_multistart_total(s, s->best);
        p->upper_bound = s->bounds.upper;
        p->lower_bound = s->bounds.lower;
        p->gap = s->bounds.gap;
        p->primal_residual = s->primal;
        p->dual_residual = s->dual;
        p->outcome = cvr_multistart_converged(s) ? CVR_CONVERGED : CVR_MAX_ITERATIONS;
    }
    return CVR_OK;
}

/* W1 = U' (and the intercept), ReLU, W2 = I and b: a model's last layer is linear. */
static cvr_status model(void *state, cvr_model *m)
{
    cvr_multistart *s = state;
    const cvr_ccp *p = &s->ccp;
    int64_t inputs = features(p), sizes[] = {inputs, p->C, p->C};
    cvr_mat U = weights(s), own = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new(p->X.type, 2, sizes, m));
    CVR_TRY(cvr_mat_bring(cvr_cpu(), U, &own, &U));
    cvr_transpose(m->layers[0].W, cvr_mat_part(U, 0, 0, inputs, p->C));
    if (inputs < p->d)
        cvr_transpose(m->layers[0].b, cvr_mat_part(U, inputs, 0, 1, p->C));
    cvr_add_diag(m->layers[1].W, 1);
    offsets(s, m->layers[1].b);
done:
    cvr_mat_free(&own);
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

/* As many as cost some passes over a million numbers. */
enum { MOST_RESTARTS = 50 };
static int64_t default_restarts(const cvr_problem *q, int64_t d)
{
    double fit = 1e6 / ((double)q->rows * (double)d);
    return fit > MOST_RESTARTS ? MOST_RESTARTS : (int64_t)fit;
}

static const ccp_options *options_of(const cvr_multistart *s)
{
    return cvr_settings_values(s->ccp.problem->settings);
}

static void plan_starts(cvr_multistart *s)
{
    const ccp_options *o = options_of(s);
    int from = o->start;
    bool all = from == BOTH || (from == AUTO_START && (s->restarts > 0 || s->ccp.offset));
    s->fits = s->ccp.offset && s->restarts > 0 ? CVR_LEVELS : 1;
    s->starts = 0;
    s->coordinate_tried = false;
    s->left[CVR_START_BEST] = 0;
    s->left[CVR_START_ZERO] = all || from != LEAST_SQUARES;
    s->left[CVR_START_LEAST_SQUARES] = all || from == LEAST_SQUARES ? s->fits : 0;
    s->left[CVR_START_COORDINATE] = s->restarts > 0;
    s->left[CVR_START_RANDOM] = s->restarts;
    s->several = all || s->restarts > 0 || s->left[CVR_START_LEAST_SQUARES] > 1;
}

/* Where zero is proved best there is nothing to do: F is its own lower bound. */
static cvr_status prepare(cvr_multistart *s)
{
    double *best = s->best;
    cvr_status status = CVR_OK;
    s->ccp.lambda = s->lambda;
    cvr_graph_set_lambda(&s->ccp.graph, s->lambda);
    bool proves = s->ccp.offset || s->ccp.graph.problem.intercept < 0;
    s->zero = proves && s->lambda >= s->lambda_max;
    if (s->zero)
        cvr_fill(s->Best, 0);
    CVR_TRY(cvr_multistart_evaluate(s, s->Best, best));
    if (s->ccp.offset)
        memcpy(s->best_b, s->ccp.b, sizeof *best * (size_t)s->ccp.C);
    s->objective = cvr_multistart_total(s, best);
    if (s->zero) {
        s->stage = CVR_FINISHED;
        s->bounds = (cvr_graph_bounds){s->objective, s->objective, 0};
        return CVR_OK;
    }
    CVR_TRY(cvr_multistart_next(s));
done:
    return status;
}

/* A d + 1 x d + 1 matrix for each output: 128 MB at most. */
static bool newton_fits(const cvr_ccp *p)
{
    enum { WIDEST = 1000, NUMBERS = 1 << 24 };
    return p->d <= WIDEST && p->C <= NUMBERS / ((p->d + 1) * (p->d + 1));
}

static void choose(cvr_multistart *s)
{
    const ccp_options *o = options_of(s);
    int which = o->solver;
    if (which == AUTO)
        which = newton_fits(&s->ccp) ? NEWTON : GRAPH;
    s->algorithm = which == NEWTON  ? &cvr_ccp_newton
                   : which == GRAPH ? &cvr_ccp_graph
                                    : &cvr_ccp_consensus;
    s->ccp.inner = o->inner;
    if (!CVR_GIVEN(o, inner))
        s->ccp.inner = which == CONSENSUS ? 100 : 10;
    s->restarts =
        CVR_GIVEN(o, restarts) ? o->restarts : default_restarts(s->ccp.problem, s->ccp.d);
    s->most = o->outer;
    s->tolerance = s->ccp.tolerance = o->run.tolerance;
}

/* The least target of an output, the mean of those below the mean, the mean, and the mean
   of those above it. */
static cvr_status find_levels(cvr_multistart *s, int64_t c, double mean)
{
    const cvr_problem *q = s->ccp.problem;
    double *level = &s->levels[c * CVR_LEVELS];
    double least = -cvr_min(cvr_mat_cols(q->Y, c, 1)), sums[4] = {0};
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < q->Y.rows; i++) {
        double above = cvr_get(q->Y, i, c) - mean, omega = cvr_problem_weight(q, i);
        sums[above > 0] += omega * above;
        sums[2 + (above > 0)] += omega;
    }
    CVR_TRY(cvr_allreduce_sum(q->comm, sums, 4));
    CVR_TRY(cvr_allreduce_max(q->comm, &least, 1));
    level[0] = -least;
    level[1] = mean + (sums[2] > 0 ? sums[0] / sums[2] : 0);
    level[2] = mean;
    level[3] = mean + (sums[3] > 0 ? sums[1] / sums[3] : 0);
done:
    return status;
}

/* Offsets begin at the means. */
static cvr_status begin_offsets(cvr_multistart *s)
{
    const cvr_problem *q = s->ccp.problem;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_units_measure(q, true, &s->units));
    CVR_TRY(cvr_ccp_offset_begin(&s->ccp));
    for (int64_t c = 0; c < s->ccp.C; c++) {
        CVR_TRY(find_levels(s, c, s->units.mean[c]));
        cvr_ccp_set_offset(&s->ccp, c, s->units.mean[c]);
    }
done:
    return status;
}

/* The intercepts of the axes, so that as many rows are on one side of the feature's mean
   as a ReLU there has active. */
static void centre_axes(cvr_multistart *s, int64_t rows)
{
    double n = s->ccp.total;
    cvr_mat last = cvr_mat_part(s->Coordinate, rows, 0, 1, s->ccp.C);
    cvr_gemm(last, -1 / n, CVR_T, cvr_mat_part(s->ccp.sums, 0, 0, rows, 1), CVR_N,
             cvr_mat_part(s->Coordinate, 0, 0, rows, s->ccp.C), 0);
}

/* lambda_max, the axes (short: 1e-6 of the size of the targets), and the penalty that the
   settings ask for. */
static cvr_status find_lambda(cvr_multistart *s)
{
    const ccp_options *o = options_of(s);
    cvr_ccp *p = &s->ccp;
    int64_t rows = features(p);
    double lower, size = sqrt(s->size2 / (p->total * (double)p->C));
    cvr_mat axes = cvr_mat_part(s->Coordinate, 0, 0, rows, p->C);
    cvr_status status = CVR_OK;
    const cvr_lambda_rows all = {cvr_mat_cols(p->X, 0, rows), p->T, p->root};
    CVR_TRY(cvr_lambda_max(&all, p->offset ? CVR_WITH_OFFSET : CVR_NO_CONSTANT,
                           p->problem->comm, axes, &s->lambda_max, &lower));
    cvr_scale_rows(s->Coordinate, p->graph.factor.unscale);
    cvr_scale(s->Coordinate, 1e-6 * size);
    if (p->offset)
        centre_axes(s, rows);
    s->zero_from = s->lambda_max;
    s->lambda = o->lambda;
    if (isnan(s->lambda))
        s->lambda = o->lambda_relative * s->lambda_max;
done:
    return status;
}

/* Rows without features: only they have a product of 0 with random weights. */
static cvr_status count_zero_rows(cvr_multistart *s)
{
    const cvr_ccp *p = &s->ccp;
    cvr_mat v = cvr_mat_cols(s->Start, 0, 1), f = cvr_mat_cols(s->F, 0, 1);
    double count = 0;
    cvr_status status = CVR_OK;
    if (p->graph.problem.intercept >= 0)
        return CVR_OK;
    cvr_random_normal(v, p->problem->seed, CVR_FOR_STARTS, 0);
    cvr_scale_rows(v, p->graph.factor.unscale);
    cvr_gemm(f, 1, CVR_N, p->X, CVR_N, v, 0);
    count = (double)(f.rows - cvr_count_nonzero(f));
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, &count, 1));
    s->zero_rows = (int64_t)count;
done:
    return status;
}

/* |Y|^2 (of the targets less their means, with offsets), what counts as 0 beside it, and
   a word about targets that a ReLU cannot reach. */
static cvr_status inspect_targets(cvr_multistart *s)
{
    cvr_ccp *p = &s->ccp;
    cvr_comm *comm = p->problem->comm;
    double most = -cvr_min(p->offset ? p->Y : p->problem->Y);
    cvr_status status = CVR_OK;
    s->size2 = cvr_dot(p->Y, p->Y);
    CVR_TRY(cvr_allreduce_sum(comm, &s->size2, 1));
    CVR_TRY(cvr_allreduce_max(comm, &most, 1));
    p->graph.slack *= sqrt(s->size2 / (p->total * (double)p->C));
    if (most > 0 && !p->offset && cvr_comm_rank(comm) == 0)
        cvr_note(CVR_LOG_NOTE,
                 "ccp: the least target is %g; the outputs of a ReLU are not negative, "
                 "so 0 is the nearest to it",
                 -most);
done:
    return status;
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    cvr_multistart *s = state;
    cvr_ccp *p = &s->ccp;
    bool bias = problem->train->transform.bias != CVR_BIAS_NONE;
    cvr_status status = CVR_OK;
    *p = (cvr_ccp){.problem = problem,
                   .Y = problem->Y,
                   .T = problem->Y,
                   .total = cvr_problem_total(problem),
                   .C = problem->Y.cols};
    CVR_TRY(cvr_problem_ones(problem, &p->X));
    p->d = p->X.cols;
    p->offset = problem->train->transform.bias == CVR_BIAS_FREE;
    if (CVR_GIVEN(options_of(s), lambda) && CVR_GIVEN(options_of(s), lambda_relative))
        CVR_FAIL(CVR_USAGE, "--lambda and --lambda-relative: only one of them");
    choose(s);
    CVR_TRY(cvr_squares_check(problem, true));
    cvr_graph_pose(&(cvr_graph_problem){.X = p->X,
                                        .Y = p->Y,
                                        .weighted = problem->W.data != NULL,
                                        .relu = true,
                                        .intercept = bias ? p->d - 1 : -1},
                   problem->rows, problem->comm, &p->graph);
    p->graph.factor.total = p->total;
done:
    return status;
}

/* sqrt(omega) times rows and targets. */
static cvr_status scale_rows(cvr_ccp *p)
{
    cvr_mat X;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_problem_ones(p->problem, &X));
    cvr_copy(p->root, p->problem->W);
    cvr_square_root(p->root);
    cvr_copy(p->unroot, p->root);
    cvr_reciprocal(p->unroot, 0);
    cvr_copy(p->X, X);
    cvr_scale_rows(p->X, p->root);
    cvr_copy(p->T, p->problem->Y);
    cvr_scale_rows(p->T, p->root);
    if (!p->offset)
        p->Y = p->T;
done:
    return status;
}

static cvr_status start(void *state)
{
    cvr_multistart *s = state;
    cvr_ccp *p = &s->ccp;
    cvr_status status = CVR_OK;
    p->P = s->F;
    if (p->root.data)
        CVR_TRY(scale_rows(p));
    p->graph.problem.X = p->graph.factor.X = p->X;
    p->graph.problem.Y = p->Y;
    CVR_TRY(cvr_graph_prepare(&p->graph));
    if (s->algorithm->prepare)
        s->algorithm->prepare(s->search);
    if (p->offset)
        CVR_TRY(begin_offsets(s));
    CVR_TRY(inspect_targets(s));
    CVR_TRY(find_lambda(s));
    CVR_TRY(count_zero_rows(s));
    plan_starts(s);
    CVR_TRY(prepare(s));
done:
    return status;
}

/* From where it stands, then from the usual starts but the random ones. */
static cvr_status set_penalty(void *state, double relative)
{
    cvr_multistart *s = state;
    s->lambda = relative * s->lambda_max;
    plan_starts(s);
    s->left[CVR_START_BEST] = 1;
    s->left[CVR_START_COORDINATE] = s->left[CVR_START_RANDOM] = 0;
    s->several = true;
    return prepare(s);
}

static bool finished(const void *state)
{
    return ((const cvr_multistart *)state)->stage == CVR_FINISHED;
}

const cvr_method cvr_ccp_method = {
    .info = {.name = "ccp",
             .about =
                 "a sparse ReLU layer by majorisation: L1-regularised ReLU regression",
             .options = options,
             .penalty = "lambda-relative",
             .fixed_penalty = "lambda"},
    .options_size = sizeof(ccp_options),
    .state_size = sizeof(cvr_multistart),
    .pose = pose,
    .lay_out = cvr_multistart_lay_out,
    .start = start,
    .restored = cvr_multistart_restored,
    .step = step,
    .measure = measure,
    .model = model,
    .weighs = true,
    .set_penalty = set_penalty,
    .finished = finished};
