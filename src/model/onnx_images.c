/* Images in a graph of ONNX, as data/describe.h has them in rows of pixels:

       X -> gray, another size -> [pixels | conv | oriented], in even and odd parts

   Maps are N x planes x height x width. A patch p less its mean m over its length l is
   not formed: W_j'(p - m) / l = (W_j - m(W_j))'p / l is a convolution over what two
   others tell of each position (data/patches.h). */
#include "model/onnx_images.h"

#include <math.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/images.h"
#include "data/patches.h"
#include "linalg/mats.h"

static cvr_onnx_value reshape(cvr_onnx_graph *g, cvr_onnx_value X, int64_t planes,
                              int64_t height, int64_t width)
{
    return CVR_ONNX(g, "Reshape", X,
                    cvr_onnx_whole(g, 4, (int64_t[]){-1, planes, height, width}));
}

/* v (count x 1) as one of `count` planes each. */
static cvr_onnx_value a_plane_each(cvr_onnx_graph *g, cvr_mat v)
{
    return reshape(g, cvr_onnx_row(g, v), v.rows, 1, 1);
}

/* ---- pixels ------------------------------------------------------------------------ */

/* Gray and another size are one matrix: row i is what becomes of the image whose
   pixel i is 1. */
static cvr_status shrink(cvr_onnx_graph *g, const cvr_transform *t, cvr_onnx_value *X)
{
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
    *X = CVR_ONNX(g, "MatMul", *X, cvr_onnx_matrix(g, M));
done:
    cvr_imager_free(&imager);
    CVR_MATS_FREE(&pixel, &M);
    cvr_release(row);
    return status;
}

/* Even and odd parts of pixels are one matrix too. */
static cvr_status put_pixels(cvr_onnx_graph *g, const cvr_transform *t, cvr_onnx_value X,
                             cvr_onnx_value *F)
{
    cvr_transform only = *t;
    int64_t pixels = cvr_description_pixels(t);
    cvr_dataset *units = NULL;
    cvr_comm *alone = NULL;
    cvr_status status = CVR_OK;
    *F = X;
    if (!t->mirror)
        return CVR_OK;
    only.descriptor = CVR_PIXELS;
    only.groups = 1;
    CVR_TRY(cvr_comm_open("serial", &alone));
    CVR_TRY(cvr_dataset_new("the model", CVR_DOUBLE, (cvr_extent){pixels, 0, pixels},
                            pixels, 1, &units));
    for (int64_t i = 0; i < pixels; i++)
        cvr_set(units->X, i, i, 1);
    CVR_TRY(cvr_describe(units, &only, alone));
    *F = CVR_ONNX(g, "MatMul", X, cvr_onnx_matrix(g, units->X));
done:
    cvr_dataset_free(units);
    cvr_comm_free(alone);
    return status;
}

/* ---- maps: planes ------------------------------------------------------------------ */

/* Pixels 0 .. 255, about their middle where patches are taken less their mean. */
static cvr_onnx_value planes(cvr_onnx_graph *g, const cvr_patches *p, cvr_onnx_value X)
{
    const cvr_planes *image = &p->image;
    X = reshape(g, X, image->count, image->height, image->width);
    X = CVR_ONNX(g, "Mul", X, cvr_onnx_number(g, image->factor));
    return p->kind->centred ? CVR_ONNX(g, "Sub", X, cvr_onnx_number(g, 127.5)) : X;
}

/* ---- maps: gradients by direction -------------------------------------------------- */

/* D (n x n): x'D is the next number less the one before, at an end the number itself in
   place of the one that is missing. */
static cvr_status differences(int n, cvr_mat *D)
{
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, n, D);
    for (int i = 0; status == CVR_OK && i < n; i++) {
        int next = i < n - 1 ? i + 1 : i, before = i > 0 ? i - 1 : i;
        cvr_set(*D, next, i, 1);
        cvr_set(*D, before, i, cvr_get(*D, before, i) - 1);
    }
    return status;
}

/* S (cells x n): which part of each of n pixels a cell takes. */
static cvr_status cell_shares(int n, cvr_mat *S)
{
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n / CVR_MAPS_CELL, n, S);
    for (int i = 0; status == CVR_OK && i < n; i++)
        for (int k = 0; k < S->rows; k++)
            cvr_set(*S, k, i, cvr_gradient_share(i, CVR_MAPS_CELL, k + 1));
    return status;
}

static cvr_onnx_value squares(cvr_onnx_graph *g, cvr_onnx_value x, cvr_onnx_value y)
{
    return CVR_ONNX(g, "Add", CVR_ONNX(g, "Mul", x, x), CVR_ONNX(g, "Mul", y, y));
}

/* dx, dy (N x 1 x height x width) of the plane where they are longest: in double and as
   the library has them, so that equal ones are told apart alike. */
static cvr_status gradients(cvr_onnx_graph *g, const cvr_planes *image, cvr_onnx_value X,
                            cvr_onnx_value d[2])
{
    cvr_mat across = {0}, down = {0};
    cvr_onnx_type type = g->type;
    cvr_status status = CVR_OK;
    CVR_TRY(differences(image->width, &across));
    CVR_TRY(differences(image->height, &down));
    g->type = CVR_ONNX_DOUBLE;
    X = reshape(g, cvr_onnx_cast(g, X, g->type), image->count, image->height,
                image->width);
    X = CVR_ONNX(g, "Mul", X, cvr_onnx_number(g, image->factor / 255));
    cvr_onnx_value dx = CVR_ONNX(g, "MatMul", X, cvr_onnx_matrix(g, across));
    cvr_onnx_value dy = CVR_ONNX(g, "MatMul", cvr_onnx_transposed(g, down), X);
    d[0] = cvr_onnx_columns(g, dx, 0, 1);
    d[1] = cvr_onnx_columns(g, dy, 0, 1);
    for (int k = 1; k < image->count; k++) {
        cvr_onnx_value x = cvr_onnx_columns(g, dx, k, 1);
        cvr_onnx_value y = cvr_onnx_columns(g, dy, k, 1);
        cvr_onnx_value longer =
            CVR_ONNX(g, "Greater", squares(g, x, y), squares(g, d[0], d[1]));
        d[0] = CVR_ONNX(g, "Where", longer, x, d[0]);
        d[1] = CVR_ONNX(g, "Where", longer, y, d[1]);
    }
    for (int i = 0; i < 2; i++)
        d[i] = cvr_onnx_cast(g, d[i], type);
done:
    g->type = type;
    CVR_MATS_FREE(&across, &down);
    return status;
}

/* a where x < 0 is false, else c - a */
static cvr_onnx_value turned(cvr_onnx_graph *g, cvr_onnx_value x, double c,
                             cvr_onnx_value a)
{
    cvr_onnx_value other = CVR_ONNX(g, "Sub", cvr_onnx_number(g, c), a);
    return CVR_ONNX(g, "Where", CVR_ONNX(g, "Less", x, cvr_onnx_number(g, 0)), other, a);
}

/* The angle of (x, y) in directions, 0 .. CVR_DIRECTIONS, from that to the nearer
   axis. */
static cvr_onnx_value direction(cvr_onnx_graph *g, const cvr_onnx_value d[2])
{
    const double turn = 6.283185307179586477;
    cvr_onnx_value x = CVR_ONNX(g, "Abs", d[0]), y = CVR_ONNX(g, "Abs", d[1]);
    cvr_onnx_value more = CVR_ONNX(g, "Max", x, y, cvr_onnx_number(g, 1e-30));
    cvr_onnx_value a = CVR_ONNX(g, "Div", CVR_ONNX(g, "Min", x, y), more);
    a = turned(g, CVR_ONNX(g, "Sub", x, y), turn / 4, CVR_ONNX(g, "Atan", a));
    a = turned(g, d[1], turn, turned(g, d[0], turn / 2, a));
    return CVR_ONNX(g, "Mul", a, cvr_onnx_number(g, CVR_DIRECTIONS / turn));
}

/* 1 - the distance to each direction on the circle, at least 0. */
static cvr_status nearness(cvr_onnx_graph *g, cvr_onnx_value at, cvr_onnx_value *near)
{
    cvr_mat k = {0};
    cvr_onnx_value far, round;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, CVR_DIRECTIONS, 1, &k));
    for (int i = 0; i < CVR_DIRECTIONS; i++)
        cvr_set(k, i, 0, i);
    far = CVR_ONNX(g, "Abs", CVR_ONNX(g, "Sub", at, a_plane_each(g, k)));
    round = CVR_ONNX(g, "Sub", cvr_onnx_number(g, CVR_DIRECTIONS), far);
    far = CVR_ONNX(g, "Min", far, round);
    *near = CVR_ONNX(g, "Relu", CVR_ONNX(g, "Sub", cvr_onnx_number(g, 1), far));
done:
    cvr_mat_free(&k);
    return status;
}

static cvr_status directions(cvr_onnx_graph *g, const cvr_patches *p, cvr_onnx_value X,
                             cvr_onnx_value *maps)
{
    cvr_mat down = {0}, across = {0};
    cvr_onnx_value d[2] = {0}, M = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cell_shares(p->image.height, &down));
    CVR_TRY(cell_shares(p->image.width, &across));
    CVR_TRY(gradients(g, &p->image, X, d));
    CVR_TRY(nearness(g, direction(g, d), &M));
    M = CVR_ONNX(g, "Mul", CVR_ONNX(g, "Sqrt", squares(g, d[0], d[1])), M);
    M = CVR_ONNX(g, "MatMul", cvr_onnx_matrix(g, down), M);
    M = CVR_ONNX(g, "MatMul", M, cvr_onnx_transposed(g, across));
    *maps = CVR_ONNX(g, "Sqrt", M);
done:
    CVR_MATS_FREE(&down, &across);
    return status;
}

/* ---- patches ----------------------------------------------------------------------- */

/* W (K x count) over each position of the maps. */
static cvr_onnx_value convolve(cvr_onnx_graph *g, const cvr_patches *p, cvr_mat W,
                               cvr_onnx_value maps)
{
    int64_t side = p->kind->side;
    cvr_onnx_value filters =
        reshape(g, cvr_onnx_transposed(g, W), W.rows / (side * side), side, side);
    return CVR_ONNX(g, "Conv", maps, filters);
}

/* sqrt(mean square + faint) of the patch at each position, less its mean if so. */
static cvr_status patch_lengths(cvr_onnx_graph *g, const cvr_patches *p,
                                cvr_onnx_value maps, cvr_onnx_value *length)
{
    cvr_mat mean = {0};
    cvr_onnx_value m, square;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, p->W.rows, 1, &mean));
    cvr_fill(mean, 1 / (double)p->W.rows);
    square = convolve(g, p, mean, CVR_ONNX(g, "Mul", maps, maps));
    if (p->kind->centred) {
        m = convolve(g, p, mean, maps);
        square = CVR_ONNX(g, "Sub", square, CVR_ONNX(g, "Mul", m, m));
        square = CVR_ONNX(g, "Relu", square);
    }
    square = CVR_ONNX(g, "Add", square, cvr_onnx_number(g, p->kind->faint));
    *length = CVR_ONNX(g, "Sqrt", square);
done:
    cvr_mat_free(&mean);
    return status;
}

/* relu(W_j'(p - m) / l - c_j): N x filters x positions down x across. */
static cvr_status responses(cvr_onnx_graph *g, const cvr_patches *p, cvr_onnx_value maps,
                            cvr_onnx_value *Z)
{
    cvr_mat W = {0}, mean = {0};
    cvr_onnx_value length = 0, R;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, p->W.rows, p->W.cols, &W));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, p->W.cols, 1, &mean));
    CVR_TRY(patch_lengths(g, p, maps, &length));
    cvr_copy(W, p->W);
    if (p->kind->centred) {
        cvr_col_sums(mean, W);
        cvr_scale(mean, -1 / (double)W.rows);
        cvr_add_row(W, mean);
    }
    R = CVR_ONNX(g, "Div", convolve(g, p, W, maps), length);
    *Z = CVR_ONNX(g, "Relu", CVR_ONNX(g, "Sub", R, a_plane_each(g, p->c)));
done:
    CVR_MATS_FREE(&W, &mean);
    return status;
}

/* S (cells x positions): which part of a cell each position is; back: cells are counted
   from the other end. */
static cvr_status position_shares(int64_t count, bool back, cvr_mat *S)
{
    const int most = CVR_PATCH_CELLS;
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, most, count, S);
    for (int i = 0; status == CVR_OK && i < count; i++)
        for (int k = 0; k < most; k++)
            cvr_set(*S, back ? most - 1 - k : k, i, cvr_patches_share(i, (int)count, k));
    return status;
}

/* Roots of the means over cells: N x (count 9), filter after filter. */
static cvr_status pool(cvr_onnx_graph *g, const cvr_patches *p, bool back,
                       cvr_onnx_value Z, cvr_onnx_value *F)
{
    int size[3];
    cvr_mat down = {0}, across = {0};
    cvr_status status = CVR_OK;
    p->kind->size(&p->image, size);
    int64_t features = cvr_patches_features(p) / (p->mirrored ? 2 : 1);
    CVR_TRY(position_shares(size[1] - p->kind->side + 1, false, &down));
    CVR_TRY(position_shares(size[2] - p->kind->side + 1, back, &across));
    Z = CVR_ONNX(g, "MatMul", cvr_onnx_matrix(g, down), Z);
    Z = CVR_ONNX(g, "MatMul", Z, cvr_onnx_transposed(g, across));
    *F = CVR_ONNX(g, "Reshape", CVR_ONNX(g, "Sqrt", Z),
                  cvr_onnx_whole(g, 2, (int64_t[]){-1, features}));
done:
    CVR_MATS_FREE(&down, &across);
    return status;
}

/* Features of filters and of their mirror images: (x + y) / sqrt 2, (x - y) / sqrt 2. */
static cvr_status pool_sides(cvr_onnx_graph *g, const cvr_patches *p, cvr_onnx_value Z,
                             cvr_onnx_value *F)
{
    int64_t half = p->W.cols / 2;
    cvr_onnx_value x = 0, y = 0, part[2], root = cvr_onnx_number(g, sqrt(0.5));
    cvr_status status = CVR_OK;
    CVR_TRY(pool(g, p, false, cvr_onnx_columns(g, Z, 0, half), &x));
    CVR_TRY(pool(g, p, true, cvr_onnx_columns(g, Z, half, half), &y));
    part[0] = CVR_ONNX(g, "Mul", CVR_ONNX(g, "Add", x, y), root);
    part[1] = CVR_ONNX(g, "Mul", CVR_ONNX(g, "Sub", x, y), root);
    *F = cvr_onnx_axis_node(g, "Concat", 1, 2, part);
done:
    return status;
}

static cvr_status put_layer(cvr_onnx_graph *g, const cvr_patches *p, cvr_onnx_value X,
                            cvr_onnx_value *F)
{
    cvr_onnx_value maps = 0, Z = 0;
    cvr_status status = CVR_OK;
    if (p->kind == &cvr_maps_oriented)
        CVR_TRY(directions(g, p, X, &maps));
    else
        maps = planes(g, p, X);
    CVR_TRY(responses(g, p, maps, &Z));
    CVR_TRY(p->mirrored ? pool_sides(g, p, Z, F) : pool(g, p, false, Z, F));
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

/* In the order of their columns. */
static cvr_status describe(cvr_onnx_graph *g, const cvr_transform *t, cvr_onnx_value *X)
{
    static const unsigned layers[] = {CVR_CONV, CVR_ORIENTED};
    cvr_onnx_value group[CVR_GROUPS];
    int count = 0;
    cvr_patches p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_description_check(t, "the model"));
    if (t->descriptor == CVR_UNDESCRIBED || (t->descriptor & CVR_PIXELS) != 0)
        CVR_TRY(put_pixels(g, t, *X, &group[count++]));
    for (size_t k = 0; k < sizeof layers / sizeof *layers; k++)
        if (cvr_description_layer(t, layers[k], &p))
            CVR_TRY(put_layer(g, &p, *X, &group[count++]));
    *X = count == 1 ? group[0] : cvr_onnx_axis_node(g, "Concat", 1, count, group);
done:
    return status;
}

cvr_status cvr_onnx_images(cvr_onnx_graph *g, const cvr_transform *t, cvr_onnx_value *X)
{
    cvr_status status = CVR_OK;
    if (t->channels > 0 && !cvr_imager_idle(t))
        CVR_TRY(shrink(g, t, X));
    if (cvr_described(t))
        CVR_TRY(describe(g, t, X));
done:
    return status;
}
