/* Pruning a network: layer by layer, from the inputs on. A layer is fitted to the
   activations Y that the network as given, the reference, has there; its inputs X come
   from the layers pruned before it (sequential: later layers make up for what the earlier
   ones lost), or from the reference (independent). D. Johnston 2017, section 6. */
#include <cvxrelu/prune.h>

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "model/model.h"
#include "parallel/comm.h"
#include "prune/budget.h"
#include "prune/layer.h"
#include "prune/record.h"
#include "prune/sensitivity.h"
#include "prune/task.h"
#include "solver/workspace.h"

typedef struct pruning {
    const cvr_model *m;
    cvr_comm *comm;
    const cvr_prune_options *options;
    cvr_model *pruned;
    cvr_prune_result *result;
    int64_t *keep;
    cvr_mat Reference, Pruned; /* own rows x inputs + 1, the last column ones: inputs of
                                  the next layer in the reference and in the pruned
                                  network */
    bool same;                 /* Pruned is Reference */
    cvr_workspace inputs;      /* where these lie */
} pruning;

/* ---- checks ------------------------------------------------------------------------ */

static cvr_status check_options(const cvr_prune_options *o)
{
    bool l1 = o->mode == CVR_PRUNE_L1 || o->mode == CVR_PRUNE_L1_REFIT;
    int targets = (o->density != 0) + (o->error != 0) + (o->lambda_relative != 0);
    if (targets != 1)
        return cvr_fail(CVR_USAGE,
                        "pruning needs one target: a density, an error or a relative "
                        "lambda; there are %d",
                        targets);
    if (!(o->density >= 0 && o->density <= 1))
        return cvr_fail(CVR_USAGE, "density %g is not in (0, 1]", o->density);
    if (!(o->error >= 0 && isfinite(o->error)))
        return cvr_fail(CVR_USAGE, "relative error %g is not above 0", o->error);
    if (!(o->lambda_relative >= 0 && isfinite(o->lambda_relative)))
        return cvr_fail(CVR_USAGE, "relative lambda %g is not above 0",
                        o->lambda_relative);
    if (o->lambda_relative > 0 && !l1)
        return cvr_fail(CVR_USAGE,
                        "mode %s does not take a lambda: the modes l1 and l1-refit do",
                        cvr_prune_mode_name(o->mode));
    return CVR_OK;
}

static cvr_status check(const cvr_model *m, const cvr_dataset *data,
                        const cvr_prune_options *o)
{
    int64_t inputs = m->layers[0].W.cols, width = data->X.cols;
    cvr_status status = CVR_OK;
    CVR_TRY(check_options(o));
    if (m->kind != CVR_NETWORK)
        CVR_FAIL(CVR_USAGE,
                 "a gated model is not a ReLU network: it has no layers to prune");
    if (data->rows < 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: no rows to calibrate on", data->source);
    if (width != inputs && width != inputs + 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: rows have %lld features, the model takes %lld",
                 data->source, (long long)width, (long long)inputs);
done:
    return status;
}

/* ---- activations ------------------------------------------------------------------- */

/* The last column of inputs = ones; returns the others. */
static cvr_mat add_ones(cvr_mat A)
{
    cvr_fill(cvr_mat_cols(A, A.cols - 1, 1), 1);
    return cvr_mat_cols(A, 0, A.cols - 1);
}

/* Reference = the rows in the weights' type, and ones. */
static cvr_status copy_rows(pruning *p, const cvr_dataset *data)
{
    cvr_mat W = p->m->layers[0].W, X;
    cvr_workspace *w = &p->inputs;
    cvr_status status = CVR_OK;
    cvr_workspace_init(w, W.device, W.type, "prune");
    CVR_LAY_SCRATCH(w, data->X.rows, W.cols + 1, &p->Reference);
    CVR_TRY(cvr_workspace_take(w, p->comm));
    X = add_ones(p->Reference);
    if (W.cols > 0)
        cvr_copy(X, cvr_mat_cols(data->X, 0, W.cols));
    p->Pruned = p->Reference;
    p->same = true;
done:
    return status;
}

/* Y = X U, activated by relu */
static void apply(cvr_mat Y, cvr_mat X, cvr_mat U, bool relu)
{
    cvr_gemm(Y, 1, CVR_N, X, CVR_N, U, 0);
    if (relu)
        cvr_relu(Y);
}

/* ---- one layer --------------------------------------------------------------------- */

/* U = [W, b]' */
static void read_layer(const cvr_layer *layer, cvr_mat U)
{
    int64_t d = layer->W.cols;
    if (d > 0)
        cvr_transpose(cvr_mat_part(U, 0, 0, d, U.cols), layer->W);
    cvr_transpose(cvr_mat_part(U, d, 0, 1, U.cols), layer->b);
}

static void write_layer(cvr_layer *layer, cvr_mat U)
{
    int64_t d = layer->W.cols;
    if (d > 0)
        cvr_transpose(layer->W, cvr_mat_part(U, 0, 0, d, U.cols));
    cvr_transpose(layer->b, cvr_mat_part(U, d, 0, 1, U.cols));
}

typedef struct step {
    cvr_mat Dense, U;    /* d x C: the layer as given, and pruned */
    cvr_mat sensitivity; /* C x 1 */
    cvr_mat Y, Out;      /* own rows x C + 1: activations of the reference, of the pruned
                            layers */
    cvr_mat norms;       /* C x 1: of the columns of Y */
    cvr_workspace workspace;
} step;

static cvr_status allocate(const pruning *p, const cvr_layer *layer, bool last, step *s)
{
    cvr_workspace *w = &s->workspace;
    cvr_mat W = layer->W;
    int64_t rows = p->Reference.rows, C = W.rows;
    cvr_workspace_init(w, W.device, W.type, "prune");
    CVR_LAY_SCRATCH(w, W.cols + 1, C, &s->Dense, &s->U);
    CVR_LAY_SCRATCH(w, C, 1, &s->sensitivity, &s->norms);
    CVR_LAY_SCRATCH(w, rows, C + 1, &s->Y);
    if (!last && !p->options->independent)
        CVR_LAY_SCRATCH(w, rows, C + 1, &s->Out);
    return cvr_workspace_take(w, p->comm);
}

/* How many columns of Y are 0 in all rows of all processes. */
static cvr_status count_dead(const step *s, cvr_mat Y, cvr_comm *comm, int64_t *dead)
{
    cvr_status status = CVR_OK;
    cvr_col_norms(s->norms, Y);
    CVR_TRY(cvr_allreduce(comm, s->norms));
    *dead = Y.cols - cvr_count_nonzero(s->norms);
done:
    return status;
}

/* The activations become the inputs of the next layer, and the step's memory theirs. */
static void pass_on(pruning *p, step *s, const cvr_prune_task *task)
{
    bool unchanged = p->same && cvr_distance2(s->U, s->Dense) == 0;
    p->same = unchanged || !s->Out.device;
    if (!p->same)
        apply(add_ones(s->Out), task->X, s->U, true);
    p->Reference = s->Y;
    p->Pruned = p->same ? s->Y : s->Out;
    cvr_workspace_free(&p->inputs);
    p->inputs = s->workspace;
    s->workspace = (cvr_workspace){0};
}

static void report(const cvr_prune_layer *l, int i)
{
    cvr_note(
        CVR_LOG_DETAIL,
        "layer %d: %lld of %lld weights, relative error %.4g, %lld iterations, %.2f s",
        i + 1, (long long)l->kept, (long long)(l->inputs * l->units), l->error,
        (long long)l->iterations, l->seconds);
}

static cvr_status prune_layer(pruning *p, int i, cvr_prune_layer *l)
{
    const cvr_layer *layer = &p->m->layers[i];
    bool last = i + 1 == p->m->depth;
    double begun = cvr_wall_seconds();
    step s = {0};
    cvr_status status = CVR_OK;
    *l = (cvr_prune_layer){.inputs = layer->W.cols, .units = layer->W.rows};
    CVR_TRY(allocate(p, layer, last, &s));
    CVR_TRY(cvr_allreduce_status(p->comm, cvr_prune_sensitivity(p->m, i, s.sensitivity)));
    read_layer(layer, s.Dense);
    cvr_prune_task task = {.X = p->Pruned,
                           .Y = add_ones(s.Y),
                           .Dense = s.Dense,
                           .sensitivity = s.sensitivity,
                           .relu = !last,
                           .exact = p->same,
                           .keep = p->keep[i],
                           .options = p->options,
                           .comm = p->comm};
    apply(task.Y, p->Reference, s.Dense, task.relu);
    CVR_TRY(count_dead(&s, task.Y, p->comm, &l->dead));
    CVR_TRY(cvr_prune_fit(&task, s.U, l));
    write_layer(&p->pruned->layers[i], s.U);
    pass_on(p, &s, &task);
    l->seconds = cvr_wall_seconds() - begun;
    report(l, i);
done:
    cvr_workspace_free(&s.workspace);
    return status;
}

/* ---- result ------------------------------------------------------------------------ */

static void sum_layers(cvr_prune_result *r)
{
    r->reached = true;
    r->gap = NAN;
    for (int i = 0; i < r->depth; i++) {
        const cvr_prune_layer *l = &r->layers[i];
        r->kept += l->kept;
        r->weights += l->inputs * l->units;
        r->iterations += l->iterations;
        r->fit_seconds += l->seconds;
        r->reached = r->reached && l->reached;
        if (!isnan(l->gap))
            r->gap = isnan(r->gap) ? l->gap : fmax(l->gap, r->gap);
    }
}

static cvr_status forward(const pruning *p, cvr_mat X, cvr_mat *f, cvr_mat *g)
{
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(X, X.rows, p->m->outputs, f, g));
    CVR_TRY(cvr_model_forward(p->m, X, *f));
    CVR_TRY(cvr_model_forward(p->pruned, X, *g));
done:
    return status;
}

static cvr_status find_error(const pruning *p, cvr_mat X, double *error)
{
    cvr_mat f = {0}, g = {0};
    double sums[2];
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(p->comm, forward(p, X, &f, &g)));
    sums[0] = cvr_distance2(f, g);
    sums[1] = cvr_dot(f, f);
    CVR_TRY(cvr_allreduce_sum(p->comm, sums, 2));
    *error = sums[0] > 0 ? sqrt(sums[0] / sums[1]) : 0;
done:
    CVR_MATS_FREE(&f, &g);
    return status;
}

static cvr_status sum_up(const pruning *p, const cvr_dataset *data, double begun)
{
    cvr_prune_result *r = p->result;
    double fitted = cvr_wall_seconds();
    cvr_status status = CVR_OK;
    sum_layers(r);
    CVR_TRY(find_error(p, data->X, &r->error));
    r->error_seconds = cvr_wall_seconds() - fitted;
    r->seconds = cvr_wall_seconds() - begun;
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status begin(pruning *p, const cvr_dataset *data)
{
    const cvr_model *m = p->m;
    cvr_prune_result *r = p->result;
    cvr_status status = CVR_OK;
    CVR_TRY(check(m, data, p->options));
    CVR_TRY(cvr_model_copy(m, p->pruned));
    CVR_TRY(cvr_prune_record(m, p->options, p->pruned));
    CVR_TRY(cvr_alloc(m->depth, sizeof *r->layers, "figures", (void **)&r->layers));
    CVR_TRY(cvr_alloc(m->depth, sizeof *p->keep, "counts", (void **)&p->keep));
    r->depth = m->depth;
    cvr_prune_budget(m, p->options, p->keep);
done:
    return status;
}

cvr_status cvr_prune(const cvr_model *m, const cvr_dataset *data, cvr_comm *comm,
                     const cvr_prune_options *options, cvr_model *pruned,
                     cvr_prune_result *result)
{
    pruning p = {
        .m = m, .comm = comm, .options = options, .pruned = pruned, .result = result};
    double begun = cvr_wall_seconds();
    cvr_status status = CVR_OK;
    memset(pruned, 0, sizeof *pruned);
    *result = (cvr_prune_result){0};
    CVR_TRY(cvr_allreduce_status(comm, begin(&p, data)));
    CVR_TRY(copy_rows(&p, data));
    for (int i = 0; i < m->depth; i++)
        CVR_TRY(prune_layer(&p, i, &result->layers[i]));
    CVR_TRY(sum_up(&p, data, begun));
done:
    cvr_workspace_free(&p.inputs);
    cvr_release(p.keep);
    if (status != CVR_OK) {
        cvr_model_free(pruned);
        cvr_prune_result_free(result);
    }
    return status;
}
