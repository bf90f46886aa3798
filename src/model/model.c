/* A network in memory: made, described, applied to rows. */
#include <cvxrelu/model.h>

#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "data/dataset.h"
#include "data/transform.h"
#include "linalg/mats.h"
#include "model/feed.h"
#include "model/kernel.h"
#include "model/model.h"

/* ---- making ----------------------------------------------------------------------- */

static cvr_status new_layer(cvr_type type, int64_t in, int64_t out, cvr_layer *layer)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, out, in, &layer->W));
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, out, 1, &layer->b));
done:
    return status;
}

static void free_layer(cvr_layer *layer)
{
    cvr_mat_free(&layer->W);
    cvr_mat_free(&layer->b);
}

static cvr_status new_layers(cvr_type type, int depth, const int64_t *sizes, cvr_model *m)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(depth, sizeof *m->layers, "layers", (void **)&m->layers));
    m->depth = depth;
    m->task = CVR_REGRESS;
    m->outputs = (int)sizes[depth];
    for (int i = 0; i < depth; i++)
        CVR_TRY(new_layer(type, sizes[i], sizes[i + 1], &m->layers[i]));
    CVR_TRY(cvr_text_copy("{}", &m->record));
done:
    return status;
}

cvr_status cvr_model_new(cvr_type type, int depth, const int64_t *sizes, cvr_model *m)
{
    *m = (cvr_model){.kind = CVR_NETWORK};
    cvr_status status = new_layers(type, depth, sizes, m);
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

cvr_status cvr_model_new_gated(cvr_type type, int64_t inputs, int64_t gates, int outputs,
                               cvr_model *m)
{
    const int64_t sizes[] = {inputs, cvr_times(outputs, gates)};
    cvr_status status = CVR_OK;
    *m = (cvr_model){.kind = CVR_GATED};
    CVR_TRY(new_layers(type, 1, sizes, m));
    CVR_TRY(new_layer(type, inputs, gates, &m->gates));
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, outputs, 1, &m->constant));
    m->outputs = outputs;
done:
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

cvr_status cvr_model_new_kernel(cvr_type type, int64_t inputs, int64_t points, int parts,
                                int outputs, cvr_model *m)
{
    const int64_t sizes[] = {points, outputs};
    cvr_status status = CVR_OK;
    *m = (cvr_model){.kind = CVR_KERNEL};
    CVR_TRY(new_layers(type, 1, sizes, m));
    CVR_TRY(cvr_machine_new(type, points, inputs, parts, &m->machine));
done:
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

int64_t cvr_model_inputs(const cvr_model *m)
{
    const cvr_mat V = m->machine.V, Z = m->machine.Z;
    return V.data ? V.rows : m->kind == CVR_KERNEL ? Z.cols : m->layers[0].W.cols;
}

static void free_names(cvr_model *m)
{
    for (int i = 0; m->class_names && i < m->classes; i++)
        cvr_release(m->class_names[i]);
    cvr_release(m->class_names);
    m->class_names = NULL;
    m->classes = 0;
}

void cvr_model_free(cvr_model *m)
{
    for (int i = 0; m->layers && i < m->depth; i++)
        free_layer(&m->layers[i]);
    cvr_release(m->layers);
    free_layer(&m->gates);
    cvr_mat_free(&m->constant);
    cvr_machine_free(&m->machine);
    cvr_mat_free(&m->calibration);
    free_names(m);
    cvr_transform_free(&m->transform);
    cvr_release(m->record);
    *m = (cvr_model){0};
}

/* ---- describing ------------------------------------------------------------------- */

static cvr_status copy_names(cvr_model *m, int classes, char *const *names)
{
    cvr_status status = CVR_OK;
    free_names(m);
    CVR_TRY(cvr_alloc(classes, sizeof *m->class_names, "class names",
                      (void **)&m->class_names));
    m->classes = classes;
    for (int i = 0; i < classes; i++)
        CVR_TRY(cvr_text_copy(names[i], &m->class_names[i]));
done:
    return status;
}

cvr_status cvr_model_describe(cvr_model *m, const cvr_dataset *data)
{
    cvr_status status = CVR_OK;
    m->task = data->task;
    m->threshold = 0;
    CVR_TRY(copy_names(m, data->classes, data->class_names));
    cvr_transform_free(&m->transform);
    CVR_TRY(cvr_transform_copy(&data->transform, &m->transform));
done:
    return status;
}

/* Sizes of the layers: what goes into the first, what comes out of each. */
static cvr_status new_like(const cvr_model *m, cvr_model *copy)
{
    int64_t *sizes = NULL;
    cvr_mat W = m->layers[0].W;
    cvr_status status = CVR_OK;
    if (m->kind == CVR_GATED)
        return cvr_model_new_gated(W.type, W.cols, m->gates.W.rows, m->outputs, copy);
    if (m->kind == CVR_KERNEL)
        return cvr_model_new_kernel(W.type, 0, W.cols, 0, m->outputs, copy);
    *copy = (cvr_model){0};
    CVR_TRY(cvr_alloc(m->depth + 1, sizeof *sizes, "layer sizes", (void **)&sizes));
    sizes[0] = W.cols;
    for (int i = 0; i < m->depth; i++)
        sizes[i + 1] = m->layers[i].W.rows;
    CVR_TRY(cvr_model_new(W.type, m->depth, sizes, copy));
done:
    cvr_release(sizes);
    return status;
}

static void copy_layer(cvr_layer *to, const cvr_layer *from)
{
    cvr_copy(to->W, from->W);
    cvr_copy(to->b, from->b);
}

cvr_status cvr_model_copy_about(const cvr_model *m, cvr_model *copy)
{
    char *record = NULL;
    cvr_status status = CVR_OK;
    copy->task = m->task;
    copy->threshold = m->threshold;
    cvr_machine_free(&copy->machine);
    CVR_TRY(cvr_machine_copy(&m->machine, &copy->machine));
    if (m->calibration.data) {
        CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, m->calibration.rows,
                            m->calibration.cols, &copy->calibration));
        cvr_copy(copy->calibration, m->calibration);
    }
    CVR_TRY(copy_names(copy, m->classes, m->class_names));
    CVR_TRY(cvr_transform_copy(&m->transform, &copy->transform));
    CVR_TRY(cvr_text_copy(m->record, &record));
    cvr_release(copy->record);
    copy->record = record;
done:
    return status;
}

cvr_status cvr_model_copy(const cvr_model *m, cvr_model *copy)
{
    cvr_status status = CVR_OK;
    CVR_TRY(new_like(m, copy));
    for (int i = 0; i < m->depth; i++)
        copy_layer(&copy->layers[i], &m->layers[i]);
    if (m->kind == CVR_GATED) {
        copy_layer(&copy->gates, &m->gates);
        cvr_copy(copy->constant, m->constant);
    }
    CVR_TRY(cvr_model_copy_about(m, copy));
done:
    if (status != CVR_OK)
        cvr_model_free(copy);
    return status;
}

/* ---- applying --------------------------------------------------------------------- */

enum { BLOCK = 2048 }; /* rows at a time: memory is block x width */

static cvr_status block_new(const cvr_mat *like, int64_t rows, int64_t cols, cvr_mat *A)
{
    return cvr_mat_new(like->device, like->type, rows, cols, A);
}

/* Y = network(X) for one block: two buffers take turns. */
static cvr_status network_block(const cvr_model *m, const cvr_feed *rows, cvr_mat Y)
{
    cvr_mat in = {0}, out = {0};
    cvr_status status = CVR_OK;
    for (int i = 0; i < m->depth; i++) {
        const cvr_layer *layer = &m->layers[i];
        const cvr_feed hidden = {.X = in};
        CVR_TRY(block_new(&layer->W, Y.rows, layer->W.rows, &out));
        CVR_TRY(cvr_feed_layer(i > 0 ? &hidden : rows, layer, out));
        if (i + 1 < m->depth)
            cvr_relu(out);
        cvr_mat_free(&in);
        in = out;
        out = (cvr_mat){0};
    }
    cvr_copy(Y, in);
done:
    cvr_mat_free(&in);
    cvr_mat_free(&out);
    return status;
}

/* D = 1[X H' + g >= 0], Y = gated sum of X W' + b, and c. */
static cvr_status gated_block(const cvr_model *m, const cvr_feed *rows, cvr_mat Y)
{
    cvr_mat D = {0}, Z = {0}, sum = {0};
    cvr_status status = CVR_OK;
    const cvr_layer *layer = &m->layers[0];
    CVR_TRY(block_new(&layer->W, Y.rows, m->gates.W.rows, &D));
    CVR_TRY(block_new(&layer->W, Y.rows, layer->W.rows, &Z));
    CVR_TRY(block_new(&layer->W, Y.rows, m->outputs, &sum));
    if (D.cols > 0) {
        CVR_TRY(cvr_feed_layer(rows, &m->gates, D));
        cvr_gate(D, D);
        CVR_TRY(cvr_feed_layer(rows, layer, Z));
        cvr_gated_sum(sum, D, Z);
    }
    cvr_add_row(sum, m->constant);
    cvr_copy(Y, sum);
done:
    CVR_MATS_FREE(&D, &Z, &sum);
    return status;
}

/* Y = K(X, Z) W' + b; Z's side of the kernel is made once. X is clipped in place. */
static cvr_status kernel_block(const cvr_model *m, cvr_kernel_rows *z, cvr_mat X,
                               cvr_mat Y)
{
    cvr_mat K = {0}, sum = {0}, reduced = {0}, view;
    cvr_kernel_rows x = {0};
    const cvr_layer *layer = &m->layers[0];
    cvr_status status = CVR_OK;
    CVR_TRY(block_new(&layer->W, X.rows, layer->W.cols, &K));
    CVR_TRY(block_new(&layer->W, X.rows, m->outputs, &sum));
    if (m->machine.clip > 0)
        cvr_clamp(X, -m->machine.clip, m->machine.clip);
    CVR_TRY(cvr_machine_reduce(&m->machine, X, &reduced, &view));
    CVR_TRY(cvr_kernel_rows_new(&m->machine, view, 0, &x));
    CVR_TRY(cvr_kernel_tile(&x, 0, z, K));
    CVR_TRY(cvr_feed_layer(&(cvr_feed){.X = K}, layer, sum));
    cvr_copy(Y, sum);
done:
    cvr_kernel_rows_free(&x);
    CVR_MATS_FREE(&K, &sum, &reduced);
    return status;
}

/* Tiles of at most this number of entries. */
static int64_t kernel_rows(const cvr_model *m)
{
    int64_t rows = (1 << 21) / (m->machine.Z.rows + 1);
    return rows < 1 ? 1 : rows > BLOCK ? BLOCK : rows;
}

static cvr_status kernel_forward(const cvr_model *m, cvr_mat X, cvr_mat Y)
{
    int64_t block = kernel_rows(m);
    cvr_mat x = {0};
    cvr_kernel_rows z = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_kernel_rows_new(&m->machine, m->machine.Z, block, &z));
    CVR_TRY(block_new(&m->layers[0].W, X.rows < block ? X.rows : block, X.cols, &x));
    for (int64_t i = 0; i < X.rows; i += block) {
        cvr_mat part = cvr_mat_rows(Y, i, block), own = cvr_mat_rows(x, 0, part.rows);
        cvr_copy(own, cvr_mat_rows(X, i, block));
        CVR_TRY(kernel_block(m, &z, own, part));
    }
done:
    cvr_mat_free(&x);
    cvr_kernel_rows_free(&z);
    return status;
}

/* X in the type of the weights: a view, or a copy in *own, where it may be changed. */
static cvr_status in_type(cvr_mat X, const cvr_mat *like, bool change, cvr_mat *own,
                          cvr_mat *view)
{
    cvr_status status = CVR_OK;
    *view = X;
    if (X.type == like->type && !change)
        return CVR_OK;
    CVR_TRY(block_new(like, X.rows, X.cols, own));
    cvr_copy(*own, X);
    *view = *own;
done:
    return status;
}

static cvr_status forward_block(const cvr_model *m, const cvr_feed *rows, cvr_mat Y)
{
    return m->kind == CVR_GATED ? gated_block(m, rows, Y) : network_block(m, rows, Y);
}

static cvr_status check_shapes(const cvr_model *m, cvr_mat X, cvr_mat Y)
{
    int64_t inputs = cvr_model_inputs(m);
    if (Y.rows != X.rows || Y.cols != m->outputs)
        return cvr_fail(CVR_USAGE, "outputs of %lld rows are %lld x %d, not %lld x %lld",
                        (long long)X.rows, (long long)X.rows, m->outputs,
                        (long long)Y.rows, (long long)Y.cols);
    if (X.cols != inputs && X.cols != inputs + 1)
        return cvr_fail(CVR_BAD_DATA, "the model takes %lld features, the data has %lld",
                        (long long)inputs, (long long)X.cols);
    return CVR_OK;
}

/* Rows X without ones; where the model says so they are clipped, and multiplied by V. */
static cvr_status forward_dense(const cvr_model *m, cvr_mat X, cvr_mat Y)
{
    double clip = m->machine.clip;
    cvr_mat own = {0}, reduced = {0};
    cvr_feed rows = {0};
    cvr_status status = CVR_OK;
    if (m->kind == CVR_KERNEL)
        return kernel_forward(m, X, Y);
    for (int64_t i = 0; i < X.rows; i += BLOCK) {
        cvr_mat part = cvr_mat_rows(Y, i, BLOCK), x = cvr_mat_rows(X, i, BLOCK);
        CVR_TRY(in_type(x, &m->layers[0].W, clip > 0, &own, &x));
        if (clip > 0)
            cvr_clamp(x, -clip, clip);
        CVR_TRY(cvr_machine_reduce(&m->machine, x, &reduced, &rows.X));
        CVR_TRY(forward_block(m, &rows, part));
        CVR_MATS_FREE(&own, &reduced);
    }
done:
    CVR_MATS_FREE(&own, &reduced);
    return status;
}

cvr_status cvr_model_forward(const cvr_model *m, cvr_mat X, cvr_mat Y)
{
    cvr_status status = CVR_OK;
    CVR_TRY(check_shapes(m, X, Y));
    CVR_TRY(forward_dense(m, cvr_mat_cols(X, 0, cvr_model_inputs(m)), Y));
done:
    return status;
}

/* ---- sparse rows ------------------------------------------------------------------- */

/* What sparse rows lack of normalised ones, when that is not 0. */
static cvr_status take_offset(const cvr_dataset *data, cvr_mat *offset)
{
    const cvr_transform *t = &data->transform;
    cvr_status status = CVR_OK;
    if (!data->prepared || !t->shift.data || cvr_max_abs(t->shift) == 0)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, t->shift.rows, 1, offset));
    cvr_copy(*offset, t->shift);
    cvr_hadamard(*offset, t->scale);
done:
    return status;
}

/* What is compared, clipped or multiplied by V is dense. */
static bool wants_dense(const cvr_model *m)
{
    return m->kind == CVR_KERNEL || m->machine.clip > 0 || m->machine.V.data;
}

/* Rows are made dense, some at a time. */
static cvr_status apply_dense(const cvr_model *m, const cvr_feed *rows, cvr_mat Y)
{
    enum { ENTRIES = 4 << 20 };
    int64_t block = ENTRIES / rows->S.cols + 1;
    cvr_mat X = {0};
    cvr_status status = CVR_OK;
    block = block < Y.rows ? block : Y.rows;
    CVR_TRY(cvr_mat_new(cvr_cpu(), rows->S.type, block, rows->S.cols, &X));
    for (int64_t i = 0; i < Y.rows; i += block) {
        cvr_mat part = cvr_mat_rows(Y, i, block), x = cvr_mat_rows(X, 0, part.rows);
        cvr_feed_dense(rows, i, x);
        CVR_TRY(forward_dense(m, x, part));
    }
done:
    cvr_mat_free(&X);
    return status;
}

static cvr_status apply_blocks(const cvr_model *m, const cvr_feed *all, cvr_mat Y)
{
    cvr_feed rows = *all;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < Y.rows; i += BLOCK) {
        cvr_mat part = cvr_mat_rows(Y, i, BLOCK);
        rows.S.start = all->S.start + i;
        rows.S.rows = part.rows;
        CVR_TRY(forward_block(m, &rows, part));
    }
done:
    return status;
}

cvr_status cvr_model_apply(const cvr_model *m, const cvr_dataset *data, cvr_mat Y)
{
    cvr_feed rows = {.S = data->S};
    cvr_status status = CVR_OK;
    if (!data->S.start)
        return cvr_model_forward(m, data->X, Y);
    CVR_TRY(check_shapes(m, data->X, Y));
    CVR_TRY(take_offset(data, &rows.offset));
    CVR_TRY(wants_dense(m) ? apply_dense(m, &rows, Y) : apply_blocks(m, &rows, Y));
done:
    cvr_mat_free(&rows.offset);
    return status;
}
