/* A network as a graph of ONNX: what becomes of raw rows, the network, its classes.

       X -> missing values -> small images -> (X - shift) scale -> f -> label, scores

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
#include "data/describe.h"
#include "data/images.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "model/onnx_graph.h"

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

static cvr_status check(const cvr_model *m, bool fold)
{
    cvr_status status = CVR_OK;
    if (!m || m->depth < 1)
        CVR_FAIL(CVR_USAGE, "there is no model to write");
    if ((m->transform.descriptor & ~(unsigned)CVR_PIXELS) != 0)
        CVR_FAIL(CVR_USAGE, "the model describes its images by other features than their "
                            "pixels, for which ONNX has no operators");
    if (m->transform.hops > 0)
        CVR_FAIL(CVR_USAGE, "rows of the model are nodes of a graph, which an ONNX file "
                            "does not have");
    if (m->kind == CVR_KERNEL && type_of(m) == CVR_DOUBLE) {
        cvr_fail(CVR_USAGE, "the model is a kernel in double precision, and runtimes of "
                            "ONNX have Acos in single precision only");
        cvr_hint(
            "train with --precision single, and --compact or --components for a small "
            "file");
        return CVR_USAGE;
    }
    if (m->kind == CVR_KERNEL && fold)
        CVR_FAIL(CVR_USAGE, "a kernel compares normalised rows: it has no layer that "
                            "--fold could put the normalisation into");
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

/* Gray and another size are one matrix: row i is what becomes of the image whose
   pixel i is 1. */
static cvr_status shrink_images(exporting *e, cvr_onnx_value *X)
{
    const cvr_transform *t = &e->m->transform;
    int64_t raw = t->raw_features;
    cvr_imager imager = {0};
    cvr_mat pixel = {0}, M = {0};
    double *row = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_imager_new(t, raw, "the model", &imager));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, raw, raw, &pixel));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, raw, imager.features, &M));
    CVR_TRY(cvr_alloc(raw, sizeof *row, "an image", (void **)&row));
    for (int64_t i = 0; i < raw; i++) {
        cvr_set(pixel, i, i, 1);
        cvr_imager_turn(&imager, pixel, i, row, M);
    }
    *X = CVR_ONNX(&e->graph, "MatMul", *X, cvr_onnx_matrix(&e->graph, M));
done:
    cvr_imager_free(&imager);
    CVR_MATS_FREE(&pixel, &M);
    cvr_release(row);
    return status;
}

/* Even and odd parts of pixels are one matrix too. */
static cvr_status turn_images(exporting *e, cvr_onnx_value *X)
{
    const cvr_transform *t = &e->m->transform;
    int64_t pixels = cvr_description_pixels(t);
    cvr_dataset *units = NULL;
    cvr_comm *alone = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_comm_open("serial", &alone));
    CVR_TRY(cvr_dataset_new("the model", CVR_DOUBLE, (cvr_extent){pixels, 0, pixels},
                            pixels, 1, &units));
    for (int64_t i = 0; i < pixels; i++)
        cvr_set(units->X, i, i, 1);
    CVR_TRY(cvr_describe(units, t, alone));
    *X = CVR_ONNX(&e->graph, "MatMul", *X, cvr_onnx_matrix(&e->graph, units->X));
done:
    cvr_dataset_free(units);
    cvr_comm_free(alone);
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
    if (t->channels > 0 && !cvr_imager_idle(t))
        CVR_TRY(shrink_images(e, X));
    if (cvr_described(t))
        CVR_TRY(turn_images(e, X));
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

/* 1[x >= 0] in the type of numbers */
static cvr_onnx_value gate(cvr_onnx_graph *g, cvr_onnx_value x)
{
    return cvr_onnx_cast(g, CVR_ONNX(g, "GreaterOrEqual", x, cvr_onnx_number(g, 0)),
                         g->type);
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
    D = CVR_ONNX(g, "Reshape", gate(g, D), cvr_onnx_whole(g, 3, of_gates));
    U = CVR_ONNX(g, "ReduceSum", CVR_ONNX(g, "Mul", U, D), cvr_onnx_whole(g, 1, &last));
    U = CVR_ONNX(g, "Reshape", U, cvr_onnx_whole(g, 2, of_outputs));
    *F = CVR_ONNX(g, "Add", U, cvr_onnx_row(g, m->constant));
done:
    return status;
}

/* ---- kernels ----------------------------------------------------------------------- */

/* Columns first .. first + count - 1. */
static cvr_onnx_value columns(cvr_onnx_graph *g, cvr_onnx_value X, int64_t first,
                              int64_t count)
{
    const int64_t end = first + count, axis = 1;
    return CVR_ONNX(g, "Slice", X, cvr_onnx_whole(g, 1, &first),
                    cvr_onnx_whole(g, 1, &end), cvr_onnx_whole(g, 1, &axis));
}

/* X' of a constant, N x count of its columns times it. */
static cvr_status product(cvr_onnx_graph *g, cvr_onnx_value X, cvr_mat Z,
                          cvr_onnx_value *K)
{
    cvr_mat turned = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), Z.type, Z.cols, Z.rows, &turned));
    cvr_transpose(turned, Z);
    *K = CVR_ONNX(g, "MatMul", X, cvr_onnx_matrix(g, turned));
done:
    cvr_mat_free(&turned);
    return status;
}

static double squared_length(cvr_mat Z, int64_t i)
{
    double sum = 0;
    for (int64_t j = 0; j < Z.cols; j++)
        sum += cvr_get(Z, i, j) * cvr_get(Z, i, j);
    return sum;
}

/* sqrt(|x|^2 + c) (N x 1) times sqrt(|z|^2 + c) (1 x points), at least a little. */
static cvr_status sizes(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                        cvr_mat Z, cvr_onnx_value *size)
{
    const int64_t axis = 1;
    cvr_mat v = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, Z.rows, 1, &v));
    for (int64_t i = 0; i < Z.rows; i++)
        cvr_set(v, i, 0, sqrt(squared_length(Z, i) + p->bias2));
    x = CVR_ONNX(g, "ReduceSum", CVR_ONNX(g, "Mul", x, x), cvr_onnx_whole(g, 1, &axis));
    x = CVR_ONNX(g, "Sqrt", CVR_ONNX(g, "Add", x, cvr_onnx_number(g, p->bias2)));
    *size = CVR_ONNX(g, "Max", CVR_ONNX(g, "Mul", x, cvr_onnx_row(g, v)),
                     cvr_onnx_number(g, 1e-30));
done:
    cvr_mat_free(&v);
    return status;
}

/* What cvr_arc_cosine makes of inner products and sizes. */
static cvr_onnx_value arc(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value k,
                          cvr_onnx_value size)
{
    const double pi = 3.14159265358979323846;
    cvr_onnx_value one = cvr_onnx_number(g, 1), inner, cosine, outside, sine, sum;
    inner = CVR_ONNX(g, "Add", k, cvr_onnx_number(g, p->bias2));
    cosine =
        CVR_ONNX(g, "Clip", CVR_ONNX(g, "Div", inner, size), cvr_onnx_number(g, -1), one);
    outside = CVR_ONNX(
        g, "Mul", CVR_ONNX(g, "Sub", cvr_onnx_number(g, pi), CVR_ONNX(g, "Acos", cosine)),
        inner);
    sine =
        CVR_ONNX(g, "Sqrt", CVR_ONNX(g, "Sub", one, CVR_ONNX(g, "Mul", cosine, cosine)));
    sum = CVR_ONNX(g, "Mul", CVR_ONNX(g, "Mul", size, sine),
                   cvr_onnx_number(g, p->relu / (2 * pi)));
    outside =
        CVR_ONNX(g, "Mul", outside, cvr_onnx_number(g, (p->gated + p->relu) / (2 * pi)));
    return CVR_ONNX(g, "Add", sum, outside);
}

static cvr_status put_arc(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                          cvr_mat Z, cvr_onnx_value *K)
{
    cvr_onnx_value size = 0, inner = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(sizes(g, p, x, Z, &size));
    CVR_TRY(product(g, x, Z, &inner));
    *K = arc(g, p, inner, size);
done:
    return status;
}

/* exp(-|x - z|^2 / c) */
static cvr_status put_exp(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                          cvr_mat Z, cvr_onnx_value *K)
{
    const int64_t axis = 1;
    cvr_onnx_value inner = 0, far;
    cvr_mat v = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, Z.rows, 1, &v));
    for (int64_t i = 0; i < Z.rows; i++)
        cvr_set(v, i, 0, squared_length(Z, i));
    CVR_TRY(product(g, x, Z, &inner));
    far = CVR_ONNX(g, "ReduceSum", CVR_ONNX(g, "Mul", x, x), cvr_onnx_whole(g, 1, &axis));
    far = CVR_ONNX(g, "Add", far, cvr_onnx_row(g, v));
    far = CVR_ONNX(g, "Sub", far, CVR_ONNX(g, "Add", inner, inner));
    far = CVR_ONNX(g, "Max", far, cvr_onnx_number(g, 0));
    *K = CVR_ONNX(g, "Exp", CVR_ONNX(g, "Mul", far, cvr_onnx_number(g, -1 / p->bias2)));
done:
    cvr_mat_free(&v);
    return status;
}

/* s(x)'s(z) / P of the part's gates, s = 2 1[H x + g >= 0] - 1 */
static cvr_status agreement(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                            cvr_mat Z, cvr_onnx_value *same)
{
    int64_t P = p->gates.W.rows;
    cvr_mat S = {0};
    cvr_onnx_value s;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), p->gates.W.type, Z.rows, P, &S));
    cvr_gemm(S, 1, CVR_N, Z, CVR_T, p->gates.W, 0);
    cvr_add_row(S, p->gates.b);
    for (int64_t j = 0; j < P; j++)
        for (int64_t i = 0; i < Z.rows; i++)
            cvr_set(S, i, j, (cvr_get(S, i, j) >= 0 ? 1.0 : -1.0) / (double)P);
    s = gate(g, cvr_onnx_affine(g, x, p->gates.W, p->gates.b));
    s = CVR_ONNX(g, "Sub", CVR_ONNX(g, "Add", s, s), cvr_onnx_number(g, 1));
    CVR_TRY(product(g, s, S, same));
done:
    cvr_mat_free(&S);
    return status;
}

/* mix: (x'z + c) (1 + same) / 2; tree: exp(2 same - 2) */
static cvr_status put_sides(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                            cvr_mat Z, cvr_onnx_value *K)
{
    bool tree = p->kind == CVR_KERNEL_TREE;
    cvr_onnx_value same = 0, inner = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(agreement(g, p, x, Z, &same));
    same = CVR_ONNX(g, "Mul", same, cvr_onnx_number(g, tree ? 2 : 0.5));
    same = CVR_ONNX(g, "Add", same, cvr_onnx_number(g, tree ? -2 : 0.5));
    if (tree) {
        *K = CVR_ONNX(g, "Exp", same);
        return CVR_OK;
    }
    CVR_TRY(product(g, x, Z, &inner));
    inner = CVR_ONNX(g, "Add", inner, cvr_onnx_number(g, p->bias2));
    *K = CVR_ONNX(g, "Mul", inner, same);
done:
    return status;
}

static cvr_status put_plain(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                            cvr_mat Z, cvr_onnx_value *K)
{
    cvr_status (*const put[])(cvr_onnx_graph *, const cvr_kernel_part *, cvr_onnx_value,
                              cvr_mat, cvr_onnx_value *) = {[CVR_KERNEL_ARC] = put_arc,
                                                            [CVR_KERNEL_MIX] = put_sides,
                                                            [CVR_KERNEL_TREE] = put_sides,
                                                            [CVR_KERNEL_EXP] = put_exp};
    return put[p->kind](g, p, x, Z, K);
}

/* Mirrored: k(x, z) + k(x, z~), whose odd columns have the other sign. */
static cvr_status put_part(cvr_onnx_graph *g, const cvr_kernel_part *p, cvr_onnx_value x,
                           cvr_mat Z, cvr_onnx_value *K)
{
    cvr_onnx_value image = 0;
    cvr_mat M = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(put_plain(g, p, x, Z, K));
    if (p->even == 0)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), Z.type, Z.rows, Z.cols, &M));
    cvr_copy(M, Z);
    cvr_scale(cvr_mat_cols(M, p->even, p->count - p->even), -1);
    CVR_TRY(put_plain(g, p, x, M, &image));
    *K = CVR_ONNX(g, "Add", *K, image);
done:
    cvr_mat_free(&M);
    return status;
}

static cvr_status put_kernel(exporting *e, cvr_onnx_value X, cvr_onnx_value *F)
{
    const cvr_model *m = e->m;
    const cvr_machine *z = &m->machine;
    cvr_onnx_graph *g = &e->graph;
    cvr_onnx_value sum = 0;
    cvr_status status = CVR_OK;
    if (z->clip > 0)
        X = CVR_ONNX(g, "Clip", X, cvr_onnx_number(g, -z->clip),
                     cvr_onnx_number(g, z->clip));
    if (z->V.data)
        X = CVR_ONNX(g, "MatMul", X, cvr_onnx_matrix(g, z->V));
    for (int k = 0; k < z->parts; k++) {
        const cvr_kernel_part *p = &z->part[k];
        cvr_onnx_value x = columns(g, X, p->first, p->count), K = 0;
        cvr_mat Z = cvr_mat_cols(z->Z, p->first, p->count);
        CVR_TRY(put_part(g, p, x, Z, &K));
        K = CVR_ONNX(g, "Mul", K, cvr_onnx_number(g, p->weight));
        sum = k > 0 ? CVR_ONNX(g, "Add", sum, K) : K;
    }
    *F = cvr_onnx_affine(g, sum, m->layers[0].W, m->layers[0].b);
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

static cvr_status build(exporting *e, cvr_message *file)
{
    cvr_onnx_value X = CVR_ONNX_INPUT, F = 0;
    cvr_status (*const put[])(exporting *, cvr_onnx_value, cvr_onnx_value *) = {
        [CVR_NETWORK] = put_network, [CVR_GATED] = put_gated, [CVR_KERNEL] = put_kernel};
    cvr_status status = CVR_OK;
    CVR_TRY(prepare(e, &X));
    CVR_TRY(put[e->m->kind](e, X, &F));
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
