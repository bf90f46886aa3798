/* One layer: what the mode says of its weights, at the count that the target asks for; an
   error is looked for by bisection, since it falls with the count. The modes of L1 have a
   path of their own (prune_path.c). */
#include <math.h>

#include "ccp/graph.h"
#include "ccp/prune.h"
#include "linalg/mats.h"

enum { EVERY = 10, ITERATIONS = 30, FEW_ROUNDS = 3, ROUNDS = 25 };

static const char *const modes[] = {
    [CVR_PRUNE_L0] = "l0",
    [CVR_PRUNE_L1] = "l1",
    [CVR_PRUNE_L1_REFIT] = "l1-refit",
    [CVR_PRUNE_MAGNITUDE_REFIT] = "magnitude-refit",
    [CVR_PRUNE_MAGNITUDE] = "magnitude",
};

const char *cvr_prune_mode_name(cvr_prune_mode mode)
{
    return (unsigned)mode < sizeof modes / sizeof *modes ? modes[mode] : "unknown";
}

typedef struct search {
    const cvr_prune_task *task;
    cvr_prune_task inner; /* the same, with outputs weighed */
    cvr_mat Y, Whole;     /* its own, when they are */
    cvr_prune_mode mode;
    cvr_graph_factor factor;
    cvr_graph graph;
    cvr_mat Trial; /* d x C */
    int64_t weights, iterations, rounds;
    cvr_prune_layer trial; /* what is known of Trial */
} search;

/* ---- error ------------------------------------------------------------------------- */

static double strip_distance2(const cvr_prune_task *t, cvr_mat Z, cvr_mat Y)
{
    return t->relu ? cvr_relu_distance2(Z, Z, 0, Y) : cvr_distance2(Z, Y);
}

cvr_status cvr_prune_error(const cvr_prune_task *t, cvr_mat U, double *error)
{
    enum { STRIP = 2048 };
    int64_t N = t->X.rows, strip = N < STRIP ? N : STRIP;
    double sums[2] = {0, cvr_dot(t->Y, t->Y)};
    cvr_mat A = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(t->comm, cvr_mat_new(U.on, U.type, strip, U.cols, &A)));
    for (int64_t i = 0; i < N; i += strip) {
        cvr_mat X = cvr_mat_rows(t->X, i, strip), Z = cvr_mat_rows(A, 0, X.rows);
        cvr_gemm(Z, 1, CVR_N, X, CVR_N, U, 0);
        sums[0] += strip_distance2(t, Z, cvr_mat_rows(t->Y, i, strip));
    }
    CVR_TRY(cvr_allreduce_sum(t->comm, sums, 2));
    *error = sums[1] > 0 ? sqrt(sums[0] / sums[1]) : sums[0] > 0 ? INFINITY : 0;
done:
    cvr_mat_free(&A);
    return status;
}

/* ---- one trial --------------------------------------------------------------------- */

static cvr_status split(search *s)
{
    double tolerance = s->task->X.type == CVR_DOUBLE ? 1e-7 : 1e-5;
    cvr_status status = CVR_OK;
    for (int64_t k = 0; k < s->iterations; k += EVERY) {
        double primal = 0, dual = 0;
        CVR_TRY(cvr_graph_majorise(&s->graph, (cvr_mat){0}, NULL));
        for (int i = 0; i < EVERY; i++)
            CVR_TRY(cvr_graph_step(&s->graph));
        s->trial.iterations += EVERY;
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
    cvr_mat Whole = s->inner.Whole;
    if (s->mode == CVR_PRUNE_L0 && keep < s->weights) {
        cvr_graph_set_serialize(&s->graph, keep);
        return split(s);
    }
    cvr_copy(s->Trial, Whole);
    cvr_hard_threshold(cvr_prune_weights(s->Trial), cvr_prune_weights(Whole), keep);
    return CVR_OK;
}

/* From the scale of the inner problem to that of the task. */
static void unweigh(const search *s, cvr_mat U)
{
    if (!s->Y.on)
        return;
    for (int64_t c = 0; c < U.cols; c++)
        cvr_scale(cvr_mat_cols(U, c, 1), 1 / cvr_get(s->task->weigh, c, 0));
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
             !(all && s->task->same))
        CVR_TRY(cvr_prune_refit(&s->inner, s->Trial, (cvr_mat){0}, (cvr_mat){0}));
    unweigh(s, s->Trial);
    CVR_TRY(measure(s));
done:
    return status;
}

/* ---- targets ----------------------------------------------------------------------- */

static bool meets(const search *s)
{
    return s->trial.error <= s->task->options->error;
}

static void accept(const search *s, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_copy(U, s->Trial);
    layer->kept = s->trial.kept;
    layer->error = s->trial.error;
}

/* More exchanges for the count that was found. */
static cvr_status polish(search *s, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_status status = CVR_OK;
    if (s->mode != CVR_PRUNE_L0 || layer->kept == s->weights)
        return CVR_OK;
    cvr_copy(s->Trial, U);
    if (s->Y.on)
        cvr_scale_cols(s->Trial, s->task->weigh);
    CVR_TRY(cvr_prune_exchange(&s->inner, layer->kept, ROUNDS, s->Trial));
    unweigh(s, s->Trial);
    CVR_TRY(measure(s));
    if (s->trial.error <= layer->error)
        accept(s, U, layer);
done:
    return status;
}

/* The least count of weights that the error allows, to 1 in 50. */
static cvr_status bisect_count(search *s, cvr_mat U, cvr_prune_layer *layer)
{
    int64_t low = 0, high = s->weights; /* too few, enough */
    cvr_status status = CVR_OK;
    s->rounds = FEW_ROUNDS;
    CVR_TRY(try_at(s, high));
    layer->reached = meets(s);
    accept(s, U, layer);
    while (layer->reached && high - low > 1 + high / 50) {
        int64_t middle = low + (high - low) / 2;
        CVR_TRY(try_at(s, middle));
        if (meets(s)) {
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

static cvr_status reach(search *s, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_status status = CVR_OK;
    if (s->task->options->error > 0)
        return bisect_count(s, U, layer);
    CVR_TRY(try_at(s, s->task->keep));
    accept(s, U, layer);
    layer->reached = true;
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

/* The inner problem: outputs times their weights, since max(XU, 0) scales with U. */
static cvr_status weigh(search *s)
{
    const cvr_prune_task *t = s->task;
    cvr_mat Y = t->Y, U = t->Whole;
    cvr_status status = cvr_mat_new(Y.on, Y.type, Y.rows, Y.cols, &s->Y);
    if (status == CVR_OK)
        status = cvr_mat_new(U.on, U.type, U.rows, U.cols, &s->Whole);
    CVR_TRY(cvr_allreduce_status(t->comm, status));
    cvr_copy(s->Y, Y);
    cvr_copy(s->Whole, U);
    cvr_scale_cols(s->Y, t->weigh);
    cvr_scale_cols(s->Whole, t->weigh);
    s->inner.Y = s->Y;
    s->inner.Whole = s->Whole;
done:
    return status;
}

static cvr_status start(search *s)
{
    const cvr_prune_task *t = s->task;
    cvr_graph_problem problem = {.X = t->X,
                                 .relu = t->relu,
                                 .intercept = t->X.cols - 1,
                                 .penalty = CVR_GRAPH_KEEP_ALL};
    cvr_status status = CVR_OK;
    if (s->mode != CVR_PRUNE_L0)
        return CVR_OK;
    CVR_TRY(weigh(s));
    problem.Y = s->inner.Y;
    CVR_TRY(cvr_graph_factor_new(t->X, t->comm, &s->factor));
    CVR_TRY(
        cvr_allreduce_status(t->comm, cvr_graph_new(&problem, &s->factor, &s->graph)));
    CVR_TRY(cvr_graph_start(&s->graph, s->inner.Whole, NULL));
done:
    return status;
}

/* Without units, or without inputs: there is nothing to choose. */
static cvr_status keep_whole(const cvr_prune_task *t, cvr_mat U, cvr_prune_layer *layer)
{
    cvr_copy(U, t->Whole);
    layer->density = 1;
    layer->reached = true;
    return U.cols > 0 ? cvr_prune_error(t, U, &layer->error) : CVR_OK;
}

static cvr_status fit(const cvr_prune_task *t, cvr_mat U, cvr_prune_layer *layer)
{
    search s = {.task = t,
                .inner = *t,
                .mode = t->options->mode,
                .weights = (U.rows - 1) * U.cols,
                .iterations = t->options->iterations,
                .rounds = ROUNDS};
    cvr_status status = CVR_OK;
    if (s.iterations == 0)
        s.iterations = ITERATIONS;
    CVR_TRY(cvr_allreduce_status(t->comm,
                                 cvr_mat_new(U.on, U.type, U.rows, U.cols, &s.Trial)));
    CVR_TRY(start(&s));
    CVR_TRY(reach(&s, U, layer));
    layer->iterations = s.trial.iterations;
done:
    cvr_graph_free(&s.graph);
    cvr_graph_factor_free(&s.factor);
    CVR_MATS_FREE(&s.Trial, &s.Y, &s.Whole);
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
        return keep_whole(t, U, layer);
    CVR_TRY(l1 && t->keep != weights ? cvr_prune_path(t, U, layer) : fit(t, U, layer));
    layer->density = (double)layer->kept / (double)weights;
done:
    return status;
}
