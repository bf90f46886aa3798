/* A network as a graph of ONNX: what becomes of raw rows, the network, its classes.

       X -> missing values -> features of images -> (X - shift) scale -> f
         -> label, scores

   fold puts shift and scale into the first layers: W' = W diag(scale), b' = b - W'
   shift. Outputs are `values` (N x outputs) of a regression; of classes `label` (N),
   whole numbers where all names are, `scores` (N x classes) as predict writes them
   and, where the model is calibrated, `probabilities` (N x classes). */
#include "model/onnx.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/atomic_file.h"
#include "base/bytes.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "model/onnx_images.h"
#include "model/onnx_kernel.h"

typedef struct exporting {
    const cvr_model *m;
    bool fold;
    cvr_onnx_graph graph;
} exporting;

/* Whether it was trained in single precision: kernels are kept in double all the same. */
static bool trained_in_single(const cvr_model *m)
{
    const char *precision = "double";
    json_t *record = json_loads(m->record, 0, NULL);
    json_unpack(record, "{s:{s:s}}", "options", "precision", &precision);
    bool single = strcmp(precision, "single") == 0;
    json_decref(record);
    return single;
}

/* Of the numbers in the graph. */
static cvr_type type_of(const cvr_model *m)
{
    bool single = m->kind == CVR_KERNEL && trained_in_single(m);
    return single ? CVR_SINGLE : m->layers[0].W.type;
}

/* ---- what cannot be said ----------------------------------------------------------- */

static cvr_status check_columns(const cvr_columns *c)
{
    char label[CVR_COLUMN_LABEL];
    for (int64_t j = 0; j < c->count; j++)
        if (c->item[j].kind == CVR_COLUMN_CATEGORY)
            return cvr_fail(CVR_USAGE,
                            "column %s is texts: rows of an ONNX file are numbers",
                            cvr_columns_label(c, j, label));
    return CVR_OK;
}

/* Whether images go through patch filters. */
static bool has_layers(const cvr_model *m)
{
    return (m->transform.descriptor & (CVR_CONV | CVR_ORIENTED)) != 0;
}

static cvr_status check(const cvr_model *m, bool fold)
{
    cvr_status status = CVR_OK;
    if (!m || m->depth < 1)
        CVR_FAIL(CVR_USAGE, "there is no model to write");
    if ((m->transform.descriptor & CVR_HOG648) != 0)
        CVR_FAIL(CVR_USAGE,
                 "the model describes its images by hog648, for which ONNX has "
                 "no operators: conv and oriented have them");
    if (m->transform.hops > 0)
        CVR_FAIL(CVR_USAGE, "rows of the model are nodes of a graph, which an ONNX file "
                            "does not have");
    if (type_of(m) == CVR_DOUBLE && (m->kind == CVR_KERNEL || has_layers(m))) {
        cvr_fail(CVR_USAGE,
                 "the model %s in double precision, and runtimes of ONNX have "
                 "%s in single precision only",
                 has_layers(m) ? "has filters" : "is a kernel",
                 has_layers(m) ? "Conv" : "Acos");
        cvr_hint("train with --precision single, and --compact or --components for a "
                 "small file");
        return CVR_USAGE;
    }
    if (m->kind == CVR_KERNEL && fold)
        CVR_FAIL(CVR_USAGE, "a kernel compares normalised rows: it has no layer that "
                            "--fold could put the normalisation into");
    if (fold && (m->machine.clip > 0 || m->machine.V.data))
        CVR_FAIL(CVR_USAGE, "the network's normalised rows are clipped or multiplied by "
                            "components first: --fold has no layer to go into");
    CVR_TRY(check_columns(&m->transform.columns));
done:
    return status;
}

/* ---- raw rows ---------------------------------------------------------------------- */

/* The column that raw column `raw` is. */
static const cvr_column *raw_column(const cvr_columns *c, int64_t raw)
{
    for (int64_t j = 0; j < c->count; j++)
        if (c->item[j].kind != CVR_COLUMN_IGNORED && raw-- == 0)
            return &c->item[j];
    return NULL;
}

/* fill_j where x_j is missing; NaN stays in columns that are not filled. */
static cvr_status fill_missing(exporting *e, cvr_onnx_value *X)
{
    const cvr_columns *c = &e->m->transform.columns;
    int64_t raw = cvr_columns_raw(c);
    cvr_onnx_graph *g = &e->graph;
    cvr_mat fill = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, raw, 1, &fill));
    for (int64_t k = 0; k < raw; k++) {
        const cvr_column *item = raw_column(c, k);
        bool filled =
            item->missing == CVR_MISSING_MEAN || item->missing == CVR_MISSING_MEDIAN;
        cvr_set(fill, k, 0, filled ? item->fill : NAN);
    }
    *X = CVR_ONNX(g, "Where", CVR_ONNX(g, "IsNaN", *X), cvr_onnx_row(g, fill), *X);
done:
    cvr_mat_free(&fill);
    return status;
}

/* Features in their order: each column, then its indicator where it has one, from
   filled columns and the flags of missing ones side by side. */
static cvr_status put_indicators(exporting *e, cvr_onnx_value raw, cvr_onnx_value *X)
{
    const cvr_columns *c = &e->m->transform.columns;
    int64_t count = cvr_columns_raw(c), width = cvr_columns_width(c), at = 0;
    cvr_onnx_graph *g = &e->graph;
    int64_t *from = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(width, sizeof *from, "columns", (void **)&from));
    for (int64_t k = 0; k < count; k++) {
        from[at++] = k;
        if (raw_column(c, k)->indicator)
            from[at++] = count + k;
    }
    if (width > count) {
        cvr_onnx_value flags = cvr_onnx_cast(g, CVR_ONNX(g, "IsNaN", raw), g->type);
        *X = cvr_onnx_axis_node(g, "Concat", 1, 2, (cvr_onnx_value[]){*X, flags});
        *X = cvr_onnx_axis_node(g, "Gather", 1, 2,
                                (cvr_onnx_value[]){*X, cvr_onnx_whole(g, width, from)});
    }
done:
    cvr_release(from);
    return status;
}

static cvr_status prepare(exporting *e, cvr_onnx_value *X)
{
    const cvr_transform *t = &e->m->transform;
    cvr_onnx_graph *g = &e->graph;
    cvr_onnx_value raw = *X;
    cvr_status status = CVR_OK;
    if (!cvr_columns_plain(&t->columns)) {
        CVR_TRY(fill_missing(e, X));
        CVR_TRY(put_indicators(e, raw, X));
    }
    CVR_TRY(cvr_onnx_images(g, t, X));
    if (t->shift.data && !e->fold) {
        *X = CVR_ONNX(g, "Sub", *X, cvr_onnx_row(g, t->shift));
        *X = CVR_ONNX(g, "Mul", *X, cvr_onnx_row(g, t->scale));
    }
done:
    return status;
}

/* ---- networks ---------------------------------------------------------------------- */

/* A layer that rows enter, with the normalisation in it where that is folded. */
static cvr_status first_layer(exporting *e, cvr_onnx_value X, const cvr_layer *layer,
                              cvr_onnx_value *Z)
{
    const cvr_transform *t = &e->m->transform;
    cvr_mat W = {0}, b = {0}, down = {0};
    cvr_status status = CVR_OK;
    if (!e->fold || !t->shift.data) {
        *Z = cvr_onnx_affine(&e->graph, X, layer->W, layer->b);
        return CVR_OK;
    }
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, layer->W.rows, layer->W.cols, &W));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, layer->b.rows, 1, &b));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, layer->b.rows, 1, &down));
    cvr_copy(W, layer->W);
    cvr_copy(b, layer->b);
    cvr_scale_cols(W, t->scale);
    cvr_gemm(down, 1, CVR_N, W, CVR_N, t->shift, 0);
    cvr_axpby(b, -1, down, 1);
    *Z = cvr_onnx_affine(&e->graph, X, W, b);
done:
    CVR_MATS_FREE(&W, &b, &down);
    return status;
}

static cvr_status put_network(exporting *e, cvr_onnx_value X, cvr_onnx_value *F)
{
    const cvr_model *m = e->m;
    cvr_status status = CVR_OK;
    CVR_TRY(first_layer(e, X, &m->layers[0], F));
    for (int i = 1; i < m->depth; i++)
        *F = cvr_onnx_affine(&e->graph, CVR_ONNX(&e->graph, "Relu", *F), m->layers[i].W,
                             m->layers[i].b);
done:
    return status;
}

/* c for each row of X: a layer of zeroes. */
static cvr_status put_constant(exporting *e, cvr_onnx_value X, cvr_onnx_value *F)
{
    cvr_mat none = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_mat_new(cvr_cpu(), CVR_DOUBLE, e->m->outputs, e->m->layers[0].W.cols, &none));
    *F = cvr_onnx_affine(&e->graph, X, none, e->m->constant);
done:
    cvr_mat_free(&none);
    return status;
}

/* sum_i 1[h_i'x + g_i >= 0] (W^i x + b^i) + c: units N x C x P, gates N x 1 x P. */
static cvr_status put_gated(exporting *e, cvr_onnx_value X, cvr_onnx_value *F)
{
    const cvr_model *m = e->m;
    cvr_onnx_graph *g = &e->graph;
    int64_t P = m->gates.W.rows;
    cvr_onnx_value D = 0, U = 0;
    cvr_status status = CVR_OK;
    if (P == 0)
        return put_constant(e, X, F);
    CVR_TRY(first_layer(e, X, &m->gates, &D));
    CVR_TRY(first_layer(e, X, &m->layers[0], &U));
    const int64_t of_units[] = {-1, m->outputs, P}, of_gates[] = {-1, 1, P}, last = 2;
    const int64_t of_outputs[] = {-1, m->outputs};
    U = CVR_ONNX(g, "Reshape", U, cvr_onnx_whole(g, 3, of_units));
    D = CVR_ONNX(g, "Reshape", cvr_onnx_gate(g, D), cvr_onnx_whole(g, 3, of_gates));
    U = CVR_ONNX(g, "ReduceSum", CVR_ONNX(g, "Mul", U, D), cvr_onnx_whole(g, 1, &last));
    U = CVR_ONNX(g, "Reshape", U, cvr_onnx_whole(g, 2, of_outputs));
    *F = CVR_ONNX(g, "Add", U, cvr_onnx_row(g, m->constant));
done:
    return status;
}

static cvr_status put_kernel(exporting *e, cvr_onnx_value X, cvr_onnx_value *F)
{
    const cvr_model *m = e->m;
    cvr_onnx_value K = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_onnx_kernel(&e->graph, &m->machine, X, &K));
    *F = cvr_onnx_affine(&e->graph, K, m->layers[0].W, m->layers[0].b);
done:
    return status;
}

/* ---- classes ----------------------------------------------------------------------- */

/* n[k] = the number that name k is; false: one of them is another text. */
static bool whole_names(const cvr_model *m, int64_t *n)
{
    char written[32];
    for (int k = 0; k < m->classes; k++) {
        errno = 0;
        n[k] = strtoll(m->class_names[k], NULL, 10);
        snprintf(written, sizeof written, "%lld", (long long)n[k]);
        if (errno || strcmp(written, m->class_names[k]) != 0)
            return false;
    }
    return true;
}

static cvr_status put_label(exporting *e, cvr_onnx_value scores)
{
    const cvr_model *m = e->m;
    cvr_onnx_graph *g = &e->graph;
    int64_t *n = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(m->classes, sizeof *n, "classes", (void **)&n));
    bool whole = whole_names(m, n);
    cvr_onnx_value names = whole ? cvr_onnx_whole(g, m->classes, n)
                                 : cvr_onnx_texts(g, m->classes, m->class_names);
    cvr_onnx_value place = cvr_onnx_axis_node(g, "ArgMax", 1, 1, &scores);
    place = cvr_onnx_axis_node(g, "Gather", 0, 2, (cvr_onnx_value[]){names, place});
    cvr_onnx_output(g, place, "label", whole ? CVR_ONNX_INT64 : CVR_ONNX_STRING, 0);
done:
    cvr_release(n);
    return status;
}

/* Of two classes with one output: threshold - f and f - threshold. */
static cvr_onnx_value two_scores(exporting *e, cvr_onnx_value F)
{
    double w[2] = {-1, 1}, b[2] = {e->m->threshold, -e->m->threshold};
    return cvr_onnx_affine(&e->graph, F, (cvr_mat){2, 1, 2, CVR_DOUBLE, cvr_cpu(), w},
                           (cvr_mat){2, 1, 2, CVR_DOUBLE, cvr_cpu(), b});
}

/* softmax([f, 1] A) */
static cvr_status put_probabilities(exporting *e, cvr_onnx_value F, cvr_onnx_value *p)
{
    cvr_mat A = e->m->calibration, turned = {0};
    int64_t outputs = A.rows - 1;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, A.cols, A.rows, &turned));
    cvr_transpose(turned, A);
    F = cvr_onnx_affine(&e->graph, F, cvr_mat_cols(turned, 0, outputs),
                        cvr_mat_cols(turned, outputs, 1));
    *p = cvr_onnx_axis_node(&e->graph, "Softmax", 1, 1, &F);
    cvr_onnx_output(&e->graph, *p, "probabilities", e->graph.type, A.cols);
done:
    cvr_mat_free(&turned);
    return status;
}

static cvr_status put_outputs(exporting *e, cvr_onnx_value F)
{
    const cvr_model *m = e->m;
    cvr_onnx_graph *g = &e->graph;
    cvr_onnx_value scores = F;
    cvr_status status = CVR_OK;
    if (m->classes == 0) {
        cvr_onnx_output(g, F, "values", g->type, m->outputs);
        return CVR_OK;
    }
    if (m->calibration.data)
        CVR_TRY(put_probabilities(e, F, &scores));
    else if (m->outputs == 1)
        scores = two_scores(e, F);
    CVR_TRY(put_label(e, scores));
    cvr_onnx_output(g, scores, "scores", g->type, m->classes);
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

/* Rows as the model's layers look at them: clipped, and times V. */
static cvr_onnx_value reduce(exporting *e, cvr_onnx_value X)
{
    const cvr_machine *z = &e->m->machine;
    cvr_onnx_graph *g = &e->graph;
    if (z->clip > 0)
        X = CVR_ONNX(g, "Clip", X, cvr_onnx_number(g, -z->clip),
                     cvr_onnx_number(g, z->clip));
    if (z->V.data)
        X = CVR_ONNX(g, "MatMul", X, cvr_onnx_matrix(g, z->V));
    return X;
}

static cvr_status build(exporting *e, cvr_message *file)
{
    cvr_onnx_value X = CVR_ONNX_INPUT, F = 0;
    cvr_status (*const put[])(exporting *, cvr_onnx_value, cvr_onnx_value *) = {
        [CVR_NETWORK] = put_network, [CVR_GATED] = put_gated, [CVR_KERNEL] = put_kernel};
    cvr_status status = CVR_OK;
    CVR_TRY(prepare(e, &X));
    CVR_TRY(put[e->m->kind](e, reduce(e, X), &F));
    CVR_TRY(put_outputs(e, F));
    CVR_TRY(cvr_onnx_file(&e->graph, e->m->transform.raw_features, e->m->record, file));
done:
    return status;
}

cvr_status cvr_model_encode_onnx(const cvr_model *m, bool fold, cvr_message *file)
{
    exporting e = {.m = m, .fold = fold};
    cvr_status status = CVR_OK;
    *file = (cvr_message){0};
    CVR_TRY(check(m, fold));
    e.graph.type = type_of(m) == CVR_SINGLE ? CVR_ONNX_FLOAT : CVR_ONNX_DOUBLE;
    CVR_TRY(build(&e, file));
done:
    cvr_onnx_free(&e.graph);
    if (status != CVR_OK)
        cvr_message_free(file);
    return status;
}

cvr_status cvr_model_save_onnx(const cvr_model *m, const char *path, bool fold)
{
    cvr_message file = {0};
    cvr_atomic out = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_encode_onnx(m, fold, &file));
    CVR_TRY(cvr_atomic_open(path, &out));
    CVR_TRY(cvr_atomic_write(&out, file.bytes, (size_t)file.length));
    CVR_TRY(cvr_atomic_commit(&out));
done:
    cvr_atomic_discard(&out);
    cvr_message_free(&file);
    return status;
}
