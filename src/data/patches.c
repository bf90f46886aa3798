/* Ergen and Pilanci 2020 (convolutional ReLU networks with their gates fixed); Coates,
   Lee and Ng 2011 (whitened patches as filters). All patches of a block of images are
   the rows of one matrix: features are two products and what is done entry by entry. */
#include "data/patches.h"

#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "data/dataset.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

enum {
    SAMPLE = 20000,  /* patches that the whitening and the thresholds come from */
    BLOCK = 1 << 20, /* entries of a block's patches, about */
    CELLS = CVR_PATCH_CELLS
};

/* ---- an image's patches ------------------------------------------------------------ */

typedef struct cutter {
    const cvr_maps_kind *kind;
    cvr_planes image;          /* its values: pixels, here */
    int planes, height, width; /* of the maps */
    int down, across;          /* positions of a patch */
    double *pixels, *maps, *work;
    double *sum, *square; /* a position's: of its patch's numbers, of their squares */
} cutter;

static void measure_cutter(const cvr_maps_kind *kind, const cvr_planes *image, cutter *t)
{
    int size[3];
    kind->size(image, size);
    *t = (cutter){.kind = kind,
                  .image = *image,
                  .planes = size[0],
                  .height = size[1],
                  .width = size[2]};
    t->down = t->height - kind->side + 1;
    t->across = t->width - kind->side + 1;
}

static int64_t positions(const cutter *t)
{
    return (int64_t)t->down * t->across;
}

static int64_t inputs(const cutter *t)
{
    return (int64_t)t->kind->side * t->kind->side * t->planes;
}

static int64_t pixels_of(const cvr_planes *image)
{
    return (int64_t)image->count * image->height * image->width;
}

static void free_cutter(cutter *t)
{
    cvr_release(t->pixels);
    cvr_release(t->maps);
    cvr_release(t->work);
    cvr_release(t->sum);
    cvr_release(t->square);
}

static cvr_status new_cutter(const cvr_patches *p, cutter *t)
{
    cvr_status status = CVR_OK;
    static const char what[] = "patches of an image";
    measure_cutter(p->kind, &p->image, t);
    int64_t maps = (int64_t)t->planes * t->height * t->width;
    size_t size = sizeof(double);
    CVR_TRY(cvr_alloc(pixels_of(&p->image), size, what, (void **)&t->pixels));
    CVR_TRY(cvr_alloc(maps, size, what, (void **)&t->maps));
    CVR_TRY(cvr_alloc(cvr_maps_work(&p->image), size, what, (void **)&t->work));
    CVR_TRY(cvr_alloc(positions(t), size, what, (void **)&t->sum));
    CVR_TRY(cvr_alloc(positions(t), size, what, (void **)&t->square));
    t->image.value = t->pixels;
done:
    return status;
}

/* The maps of an image, row i of X. */
static void draw_maps(cutter *t, cvr_mat X, int64_t i)
{
    cvr_copy(cvr_mat_of(t->pixels, 1, X.cols), cvr_mat_part(X, i, 0, 1, X.cols));
    t->kind->draw(&t->image, t->work, t->maps);
}

/* Number k of the patch at a position begins here in the maps. */
static const double *number(const cutter *t, int64_t k)
{
    int side = t->kind->side, plane = (int)(k / (side * side));
    int y = (int)(k / side) % side, x = (int)(k % side);
    return t->maps + ((int64_t)plane * t->height + y) * t->width + x;
}

/* k of the mirror image of a patch. */
static int64_t mirrored(const cutter *t, int64_t k)
{
    int side = t->kind->side, plane = (int)(k / (side * side));
    int64_t row = k / side % side, x = k % side;
    return ((int64_t)t->kind->mirrored(plane) * side + row) * side + side - 1 - x;
}

/* The patches at down x across positions from (top, left) on, a row each, as filters see
   them: column k of P, `ld` apart, their numbers k. */
static void cut(cutter *t, int top, int left, int down, int across, double *P, int64_t ld)
{
    int64_t count = (int64_t)down * across, K = inputs(t);
    for (int64_t i = 0; i < count; i++)
        t->sum[i] = t->square[i] = 0;
    for (int64_t k = 0; k < K; k++) {
        const double *from = number(t, k) + (int64_t)top * t->width + left;
        double *to = P + k * ld, *sum = t->sum, *square = t->square;
        for (int y = 0; y < down; y++, from += t->width)
            for (int x = 0; x < across; x++) {
                *sum++ += from[x];
                *square++ += from[x] * from[x];
                *to++ = from[x];
            }
    }
    for (int64_t i = 0; i < count; i++) {
        double mean = t->kind->centred ? t->sum[i] / (double)K : 0;
        double square = t->square[i] / (double)K - mean * mean;
        t->sum[i] = mean;
        t->square[i] = 1 / sqrt((square > 0 ? square : 0) + t->kind->faint);
    }
    for (int64_t k = 0; k < K; k++)
        for (int64_t i = 0; i < count; i++)
            P[k * ld + i] = (P[k * ld + i] - t->sum[i]) * t->square[i];
}

/* ---- sizes ------------------------------------------------------------------------- */

int64_t cvr_patches_features(const cvr_patches *p)
{
    return CELLS * CELLS * p->W.cols;
}

int64_t cvr_patches_inputs(const cvr_patches *p)
{
    cutter t;
    measure_cutter(p->kind, &p->image, &t);
    return inputs(&t);
}

cvr_status cvr_patches_check(const cvr_maps_kind *kind, const cvr_planes *image,
                             const char *source)
{
    cutter t;
    measure_cutter(kind, image, &t);
    if (t.down < CELLS || t.across < CELLS)
        return cvr_fail(CVR_USAGE,
                        "%s: images of %d x %d are too small for the features %s", source,
                        image->height, image->width, kind->name);
    return CVR_OK;
}

/* ---- fitting ----------------------------------------------------------------------- */

typedef struct fitting {
    cvr_patches *p;
    const cvr_patch_rows *rows;
    cutter cutter;
    int64_t drawn;   /* patches: the first rows of S; their mirror images follow */
    int64_t J;       /* filters but for their mirror images */
    cvr_mat S;       /* SAMPLE x K, double */
    cvr_mat mean;    /* K x 1: p0 */
    cvr_mat M, V, e; /* K x K, K x K, K x 1: whitening; eigenvectors, eigenvalues */
    cvr_mat H;       /* J x K: whitened patches of length 1 */
    cvr_mat R;       /* SAMPLE x J: responses */
} fitting;

static void free_fitting(fitting *f)
{
    free_cutter(&f->cutter);
    CVR_MATS_FREE(&f->S, &f->mean, &f->M, &f->V, &f->e, &f->H, &f->R);
}

static cvr_status new_fitting(fitting *f, int64_t P)
{
    cvr_patches *p = f->p;
    cvr_mat like = {.device = f->rows->X.device, .type = CVR_DOUBLE};
    cvr_status status = CVR_OK;
    CVR_TRY(new_cutter(p, &f->cutter));
    int64_t K = inputs(&f->cutter);
    f->J = p->mirrored ? (P + 1) / 2 : P;
    f->drawn = p->mirrored ? SAMPLE / 2 : SAMPLE;
    CVR_TRY(CVR_MATS_NEW(like, SAMPLE, K, &f->S));
    CVR_TRY(CVR_MATS_NEW(like, K, K, &f->M, &f->V));
    CVR_TRY(CVR_MATS_NEW(like, K, 1, &f->mean, &f->e));
    CVR_TRY(CVR_MATS_NEW(like, f->J, K, &f->H));
    CVR_TRY(CVR_MATS_NEW(like, SAMPLE, f->J, &f->R));
    CVR_TRY(cvr_mat_new(like.device, CVR_DOUBLE, K, p->mirrored ? 2 * f->J : P, &p->W));
    CVR_TRY(cvr_mat_new(like.device, CVR_DOUBLE, p->W.cols, 1, &p->c));
done:
    return status;
}

/* image.factor: the brightest pixel of all images becomes 255. */
static cvr_status find_factor(fitting *f)
{
    double most = cvr_max_abs(f->rows->X);
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_max(f->rows->comm, &most, 1));
    f->p->image.factor = f->cutter.image.factor = most > 0 ? 255 / most : 0;
done:
    return status;
}

/* S's rows from all processes: patch t of a random image, at a random position. */
static cvr_status sample(fitting *f)
{
    const cvr_patch_rows *rows = f->rows;
    cutter *t = &f->cutter;
    double *S = f->S.data;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < f->drawn && !cvr_interrupt_poll(rows->comm); i++) {
        int64_t row = cvr_random_below(rows->seed, CVR_FOR_PATCH, i, 0, rows->rows);
        int64_t own = row - rows->first;
        int64_t y = cvr_random_below(rows->seed, CVR_FOR_PATCH, i, 1, t->down);
        int64_t x = cvr_random_below(rows->seed, CVR_FOR_PATCH, i, 2, t->across);
        if (own < 0 || own >= rows->X.rows)
            continue;
        draw_maps(t, rows->X, own);
        cut(t, (int)y, (int)x, 1, 1, S + i, f->S.ld);
    }
    CVR_TRY(cvr_allreduce(rows->comm, f->S));
    CVR_TRY(cvr_interrupt_check(rows->comm));
    for (int64_t k = 0; k < f->S.cols && f->p->mirrored; k++)
        cvr_copy(cvr_mat_part(f->S, f->drawn, mirrored(t, k), f->drawn, 1),
                 cvr_mat_part(f->S, 0, k, f->drawn, 1));
done:
    return status;
}

/* S less its mean p0; M = V diag(1 / sqrt(e + floor)) V' of its covariance. */
static cvr_status whiten(fitting *f)
{
    const cvr_maps_kind *kind = f->p->kind;
    double floor = kind->floor, n = (double)f->S.rows, sum = 0;
    cvr_status status = CVR_OK;
    cvr_col_sums(f->mean, f->S);
    cvr_scale(f->mean, -1 / n);
    cvr_add_row(f->S, f->mean);
    cvr_gram(f->V, 1 / n, CVR_T, f->S, 0);
    CVR_TRY(cvr_eigh(f->V, f->e));
    for (int64_t k = 0; k < f->e.rows; k++)
        sum += fmax(cvr_get(f->e, k, 0), 0);
    floor *= kind->relative ? sum / (double)f->e.rows : 1;
    for (int64_t k = 0; k < f->e.rows; k++)
        cvr_set(f->e, k, 0, pow(fmax(cvr_get(f->e, k, 0), 0) + floor, -0.25));
    cvr_scale_cols(f->V, f->e);
    cvr_gram(f->M, 1, CVR_N, f->V, 0);
    cvr_symmetrize(f->M);
done:
    return status;
}

/* Rows of H: the first J patches that are not flat, over again where there are fewer; S
   still has its mean. */
static cvr_status choose(fitting *f)
{
    int64_t taken = 0;
    for (int64_t i = 0; taken < f->J && (i < f->drawn || taken > 0); i++) {
        cvr_mat row = cvr_mat_rows(f->S, i % f->drawn, 1);
        if (cvr_dot(row, row) > 1)
            cvr_copy(cvr_mat_rows(f->H, taken++, 1), row);
    }
    return taken ? CVR_OK
                 : cvr_fail(CVR_BAD_DATA,
                            "%s: its images are flat: there are no patches for the "
                            "features %s",
                            f->rows->source, f->p->kind->name);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Filter j and its mirror image. */
static void put_filter(fitting *f, cvr_mat w, int64_t j)
{
    cvr_patches *p = f->p;
    double *response = (double *)f->R.data + j * f->R.ld;
    qsort(response, SAMPLE, sizeof *response, by_size);
    double c = response[(int64_t)(p->kind->quantile * (SAMPLE - 1))];
    c -= cvr_dot(w, f->mean);
    cvr_copy(cvr_mat_cols(p->W, j, 1), w);
    cvr_set(p->c, j, 0, c);
    for (int64_t k = 0; k < w.rows && p->mirrored; k++)
        cvr_set(p->W, mirrored(&f->cutter, k), f->J + j, cvr_get(w, k, 0));
    if (p->mirrored)
        cvr_set(p->c, f->J + j, 0, c);
}

/* h = M (patch - p0) of length 1 and w = M h, so that h'z = w'(p - p0). */
static cvr_status make_filters(fitting *f)
{
    cvr_mat Z = {0}, length = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(f->S, f->M.rows, f->J, &Z, &f->V));
    CVR_TRY(CVR_MATS_NEW(f->S, f->J, 1, &length));
    cvr_add_row(f->H, f->mean);
    cvr_gemm(Z, 1, CVR_N, f->M, CVR_T, f->H, 0);
    cvr_col_norms(length, Z);
    cvr_reciprocal(length, 1e-300);
    cvr_scale_cols(Z, length);
    cvr_gemm(f->V, 1, CVR_N, f->M, CVR_N, Z, 0);
    cvr_gemm(f->R, 1, CVR_N, f->S, CVR_N, f->V, 0);
    for (int64_t j = 0; j < f->J; j++)
        put_filter(f, cvr_mat_cols(f->V, j, 1), j);
done:
    CVR_MATS_FREE(&Z, &length);
    return status;
}

static cvr_status fit_alone(fitting *f)
{
    cvr_status status = CVR_OK;
    CVR_TRY(choose(f));
    CVR_TRY(whiten(f));
    cvr_mat_free(&f->V);
    CVR_TRY(make_filters(f));
done:
    return status;
}

cvr_status cvr_patches_fit(cvr_patches *p, const cvr_patch_rows *rows, int64_t P)
{
    fitting f = {.p = p, .rows = rows};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(rows->comm, new_fitting(&f, P)));
    CVR_TRY(find_factor(&f));
    CVR_TRY(sample(&f));
    CVR_TRY(cvr_allreduce_status(rows->comm, fit_alone(&f)));
done:
    free_fitting(&f);
    if (status != CVR_OK)
        CVR_MATS_FREE(&p->W, &p->c);
    return status;
}

/* ---- features ---------------------------------------------------------------------- */

/* What a block of images needs. */
typedef struct block {
    cutter cutter;
    int64_t images;
    cvr_mat D, X;    /* images positions x K: patches in double, in the data's type */
    cvr_mat Z;       /* images positions x P: responses */
    cvr_mat pool[2]; /* 9 x positions: means over cells; cells counted from the right */
    cvr_mat W, down, F; /* K x P, P x 1: -c; features x images */
} block;

static void free_block(block *b)
{
    free_cutter(&b->cutter);
    if (b->D.data != b->X.data)
        cvr_mat_free(&b->X);
    CVR_MATS_FREE(&b->D, &b->Z, &b->pool[0], &b->pool[1], &b->W, &b->down, &b->F);
}

double cvr_patches_share(int i, int m, int cell)
{
    double length = (double)m / CELLS, from = cell * length, to = from + length;
    double part = fmin(i + 1, to) - fmax(i, from);
    return part > 0 ? part / length : 0;
}

static void fill_pool(block *b)
{
    const cutter *t = &b->cutter;
    for (int64_t i = 0; i < positions(t); i++)
        for (int cell = 0; cell < CELLS * CELLS; cell++) {
            int r = cell / CELLS, c = cell % CELLS;
            double weight = cvr_patches_share((int)(i / t->across), t->down, r) *
                            cvr_patches_share((int)(i % t->across), t->across, c);
            cvr_set(b->pool[0], cell, i, weight);
            cvr_set(b->pool[1], r * CELLS + CELLS - 1 - c, i, weight);
        }
}

static cvr_status new_block(const cvr_patches *p, cvr_mat like, block *b)
{
    cvr_status status = CVR_OK;
    CVR_TRY(new_cutter(p, &b->cutter));
    int64_t count = positions(&b->cutter), K = p->W.rows, P = p->W.cols;
    int64_t rows = (BLOCK / (count * K) + 1) * count;
    b->images = rows / count;
    CVR_TRY(cvr_mat_new(like.device, CVR_DOUBLE, rows, K, &b->D));
    b->X = b->D;
    if (like.type != CVR_DOUBLE)
        CVR_TRY(cvr_mat_new(like.device, like.type, rows, K, &b->X));
    CVR_TRY(CVR_MATS_NEW(like, rows, P, &b->Z));
    CVR_TRY(CVR_MATS_NEW(like, CELLS * CELLS, count, &b->pool[0], &b->pool[1]));
    CVR_TRY(CVR_MATS_NEW(like, K, P, &b->W));
    CVR_TRY(CVR_MATS_NEW(like, P, 1, &b->down));
    CVR_TRY(CVR_MATS_NEW(like, cvr_patches_features(p), b->images, &b->F));
    cvr_copy(b->W, p->W);
    cvr_copy(b->down, p->c);
    cvr_scale(b->down, -1);
    fill_pool(b);
done:
    return status;
}

/* Features of image i of the block, from its responses. */
static void pool(const cvr_patches *p, block *b, int64_t i)
{
    int64_t count = positions(&b->cutter), P = p->W.cols, half = p->mirrored ? P / 2 : P;
    cvr_mat Z = cvr_mat_part(b->Z, i * count, 0, count, P);
    cvr_mat F = cvr_mat_reshape(cvr_mat_cols(b->F, i, 1), CELLS * CELLS, P);
    cvr_gemm(cvr_mat_cols(F, 0, half), 1, CVR_N, b->pool[0], CVR_N,
             cvr_mat_cols(Z, 0, half), 0);
    if (p->mirrored)
        cvr_gemm(cvr_mat_cols(F, half, half), 1, CVR_N, b->pool[1], CVR_N,
                 cvr_mat_cols(Z, half, half), 0);
}

/* F (count x features) of the images X (count x pixels). */
static void describe(const cvr_patches *p, block *b, cvr_mat X, cvr_mat F)
{
    cutter *t = &b->cutter;
    int64_t count = positions(t), rows = X.rows * count;
    cvr_mat D = cvr_mat_rows(b->D, 0, rows), P = cvr_mat_rows(b->X, 0, rows);
    cvr_mat Z = cvr_mat_rows(b->Z, 0, rows), out = cvr_mat_cols(b->F, 0, X.rows);
    for (int64_t i = 0; i < X.rows; i++) {
        draw_maps(t, X, i);
        cut(t, 0, 0, t->down, t->across, (double *)D.data + i * count, D.ld);
    }
    if (P.data != D.data)
        cvr_copy(P, D);
    cvr_gemm(Z, 1, CVR_N, P, CVR_N, b->W, 0);
    cvr_add_row(Z, b->down);
    cvr_relu(Z);
    for (int64_t i = 0; i < X.rows; i++)
        pool(p, b, i);
    cvr_square_root(out);
    cvr_transpose(F, out);
}

cvr_status cvr_patches_apply(const cvr_patches *p, cvr_mat X, cvr_comm *comm, cvr_mat F)
{
    block b = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(new_block(p, F, &b));
    for (int64_t i = 0; i < X.rows && !cvr_interrupt_poll(comm); i += b.images)
        describe(p, &b, cvr_mat_rows(X, i, b.images), cvr_mat_rows(F, i, b.images));
done:
    free_block(&b);
    return status;
}
