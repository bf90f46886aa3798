/* Ergen and Pilanci 2020 (convolutional ReLU networks with their gates fixed); Coates,
   Lee and Ng 2011 (whitened patches as filters). All patches of a block of images are
   the rows of one matrix: features are two products and what is done entry by entry. */
#include "data/patches.h"

#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/patch_cutter.h"
#include "linalg/blas_threads.h"
#include "linalg/mat.h"
#include "linalg/mats.h"
#include "parallel/comm.h"
#include "parallel/threads.h"

enum {
    SAMPLE = 20000,  /* patches that the whitening and the thresholds come from */
    BLOCK = 1 << 18, /* entries of a block's patches, about */
    CELLS = CVR_PATCH_CELLS
};

/* ---- sizes ------------------------------------------------------------------------- */

int64_t cvr_patches_features(const cvr_patches *p)
{
    return CELLS * CELLS * p->W.cols;
}

int64_t cvr_patches_inputs(const cvr_patches *p)
{
    cvr_cutter t;
    cvr_cutter_measure(p->kind, &p->image, &t);
    return cvr_cutter_inputs(&t);
}

cvr_status cvr_patches_check(const cvr_maps_kind *kind, const cvr_planes *image,
                             const char *source)
{
    cvr_cutter t;
    cvr_cutter_measure(kind, image, &t);
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
    cvr_cutter cutter;
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
    cvr_cutter_free(&f->cutter);
    CVR_MATS_FREE(&f->S, &f->mean, &f->M, &f->V, &f->e, &f->H, &f->R);
}

static cvr_status new_fitting(fitting *f, int64_t P)
{
    cvr_patches *p = f->p;
    cvr_mat like = {.device = f->rows->X.device, .type = CVR_DOUBLE};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_cutter_new(p->kind, &p->image, &f->cutter));
    int64_t K = cvr_cutter_inputs(&f->cutter);
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
    cvr_cutter *t = &f->cutter;
    double *S = f->S.data;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < f->drawn && !cvr_interrupt_poll(rows->comm); i++) {
        int64_t row = cvr_random_below(rows->seed, CVR_FOR_PATCH, i, 0, rows->rows);
        int64_t own = row - rows->first;
        int64_t y = cvr_random_below(rows->seed, CVR_FOR_PATCH, i, 1, t->down);
        int64_t x = cvr_random_below(rows->seed, CVR_FOR_PATCH, i, 2, t->across);
        if (own < 0 || own >= rows->X.rows)
            continue;
        cvr_cutter_draw(t, rows->X, own);
        cvr_cutter_cut(t, (int)y, (int)x, 1, 1, S + i, f->S.ld);
    }
    CVR_TRY(cvr_allreduce(rows->comm, f->S));
    CVR_TRY(cvr_interrupt_check(rows->comm));
    for (int64_t k = 0; k < f->S.cols && f->p->mirrored; k++)
        cvr_copy(cvr_mat_part(f->S, f->drawn, cvr_cutter_mirrored(t, k), f->drawn, 1),
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
        cvr_set(p->W, cvr_cutter_mirrored(&f->cutter, k), f->J + j, cvr_get(w, k, 0));
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

/* What a block of images needs. Threads share images, each with a cutter, while these are
   cut, and columns of responses while these are rectified. */
typedef struct block {
    cvr_cutter cutter[CVR_MOST_THREADS];
    int threads;
    int64_t images;
    cvr_mat D, X;    /* images positions x K: patches in double, in the data's type */
    cvr_mat Z;       /* images positions x P: responses */
    cvr_mat pool[2]; /* 9 x positions: means over cells; cells counted from the right */
    cvr_mat W, down; /* K x P, P x 1: -c */
    cvr_mat F;       /* 9 x images P: means of responses */
} block;

static void free_block(block *b)
{
    for (int k = 0; k < b->threads; k++)
        cvr_cutter_free(&b->cutter[k]);
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
    const cvr_cutter *t = &b->cutter[0];
    for (int64_t i = 0; i < cvr_cutter_positions(t); i++)
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
    b->threads = cvr_blas_threads();
    b->threads = b->threads < CVR_MOST_THREADS ? b->threads : CVR_MOST_THREADS;
    for (int k = 0; k < b->threads; k++)
        CVR_TRY(cvr_cutter_new(p->kind, &p->image, &b->cutter[k]));
    int64_t count = cvr_cutter_positions(&b->cutter[0]), K = p->W.rows, P = p->W.cols;
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
    CVR_TRY(CVR_MATS_NEW(like, CELLS * CELLS, b->images * P, &b->F));
    cvr_copy(b->W, p->W);
    cvr_copy(b->down, p->c);
    cvr_scale(b->down, -1);
    fill_pool(b);
done:
    return status;
}

/* A block's images: their patches become rows of D and X. */
typedef struct cutting {
    block *b;
    cvr_mat images; /* count x pixels */
} cutting;

static void cut_some(void *ctx, int thread)
{
    const cutting *c = ctx;
    block *b = c->b;
    cvr_cutter *t = &b->cutter[thread];
    int64_t count = cvr_cutter_positions(t), n = c->images.rows;
    for (int64_t i = n * thread / b->threads; i < n * (thread + 1) / b->threads; i++) {
        double *D = (double *)b->D.data + i * count;
        cvr_cutter_draw(t, c->images, i);
        cvr_cutter_cut(t, 0, 0, t->down, t->across, D, b->D.ld);
        if (b->X.data != b->D.data)
            cvr_copy(cvr_mat_rows(b->X, i * count, count),
                     cvr_mat_rows(b->D, i * count, count));
    }
}

/* Some columns of Z: relu(Z - 1 c'). */
static void rectify_some(void *ctx, int thread)
{
    const block *b = ctx;
    int64_t P = b->Z.cols, first = P * thread / b->threads;
    int64_t cols = P * (thread + 1) / b->threads - first;
    cvr_mat Z = cvr_mat_cols(b->Z, first, cols);
    cvr_add_row(Z, cvr_mat_rows(b->down, first, cols));
    cvr_relu(Z);
}

/* Columns of F (count x features) of filters `first` ..: square roots of means over
   cells. A column of Z holds one image after another, and so do 9 x count means. */
static void pool(const block *b, int which, int64_t first, int64_t filters, cvr_mat F)
{
    enum { ALL = CELLS * CELLS };
    int64_t n = F.rows, count = cvr_cutter_positions(&b->cutter[0]);
    cvr_mat Z = cvr_mat_reshape(cvr_mat_cols(b->Z, first, filters), count, n * filters);
    cvr_mat means = cvr_mat_cols(b->F, 0, n * filters);
    cvr_gemm(means, 1, CVR_N, b->pool[which], CVR_N, Z, 0);
    cvr_square_root(means);
    for (int64_t j = 0; j < filters; j++)
        cvr_transpose(cvr_mat_cols(F, (first + j) * ALL, ALL),
                      cvr_mat_cols(means, j * n, n));
}

/* F (count x features) of the images X (count x pixels). Of a block that is not whole the
   matrices have fewer rows, without gaps. */
static void describe(const cvr_patches *p, block *b, cvr_mat X, cvr_mat F)
{
    int64_t rows = X.rows * cvr_cutter_positions(&b->cutter[0]), P = p->W.cols;
    int64_t half = p->mirrored ? P / 2 : P;
    b->D.rows = b->D.ld = b->X.rows = b->X.ld = b->Z.rows = b->Z.ld = rows;
    cvr_parallel_for(b->threads, cut_some, &(cutting){b, X});
    cvr_gemm(b->Z, 1, CVR_N, b->X, CVR_N, b->W, 0);
    cvr_parallel_for(b->threads, rectify_some, b);
    pool(b, 0, 0, half, F);
    if (half < P)
        pool(b, 1, half, P - half, F);
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
