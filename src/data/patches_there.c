/* All images of a block at a time, position after position: the patches of a position are
   columns of the maps, which are copied together to P (images x K); with m = P 1 / K

       Z = relu((P (W - 1 mean(W)')) / sqrt(|P|^2 / K - m^2 + faint) - c'),

   which is added to the cells that the position is in, by its parts. Kinds that are not
   centred have neither m nor the mean of W. */
#include "data/patches_there.h"

#include "base/bytes.h"
#include "data/dataset.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

enum { CELLS = CVR_PATCH_CELLS, ENTRIES = 1 << 26 }; /* of a block, about */

typedef struct walk {
    const cvr_patches *p;
    int planes, height, width;     /* of the maps */
    int down, across;              /* positions */
    cvr_mat maps, M;               /* images x maps: on the processor, on the device */
    cvr_mat P, Q, Z, F;            /* images x K twice, x filters, x features */
    cvr_mat W, mean, below;        /* K x filters, K x 1: 1 / K, filters x 1: -c */
    cvr_mat m, r, faint;           /* images x 1 twice, 1 x 1 */
    double *pixels, *work, *drawn; /* of one image */
} walk;

static int64_t inputs(const walk *w)
{
    return (int64_t)w->p->kind->side * w->p->kind->side * w->planes;
}

static int64_t drawn(const walk *w)
{
    return (int64_t)w->planes * w->height * w->width;
}

static void free_walk(walk *w)
{
    CVR_MATS_FREE(&w->maps, &w->M, &w->P, &w->Q, &w->Z, &w->F);
    CVR_MATS_FREE(&w->W, &w->mean, &w->below, &w->m, &w->r, &w->faint);
    cvr_release(w->pixels);
    cvr_release(w->work);
    cvr_release(w->drawn);
}

static void measure(const cvr_patches *p, walk *w)
{
    int size[3];
    p->kind->size(&p->image, size);
    *w = (walk){.p = p, .planes = size[0], .height = size[1], .width = size[2]};
    w->down = w->height - p->kind->side + 1;
    w->across = w->width - p->kind->side + 1;
}

/* Images that are worked on at a time, of count. */
static int64_t images_of(const walk *w, int64_t count)
{
    int64_t each = drawn(w) + 2 * inputs(w) + w->p->W.cols + cvr_patches_features(w->p);
    int64_t images = ENTRIES / each + 1;
    return images < count ? images : count;
}

static cvr_status take(walk *w, const cvr_backend *device, cvr_type type, int64_t images)
{
    const cvr_planes *image = &w->p->image;
    cvr_mat there = {.device = device, .type = type};
    int64_t K = inputs(w), P = w->p->W.cols;
    static const char what[] = "an image";
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, images, drawn(w), &w->maps));
    CVR_TRY(CVR_MATS_NEW(there, images, drawn(w), &w->M));
    CVR_TRY(CVR_MATS_NEW(there, images, K, &w->P, &w->Q));
    CVR_TRY(CVR_MATS_NEW(there, images, P, &w->Z));
    CVR_TRY(CVR_MATS_NEW(there, images, cvr_patches_features(w->p), &w->F));
    CVR_TRY(CVR_MATS_NEW(there, images, 1, &w->m, &w->r));
    CVR_TRY(CVR_MATS_NEW(there, K, P, &w->W));
    CVR_TRY(CVR_MATS_NEW(there, K, 1, &w->mean));
    CVR_TRY(CVR_MATS_NEW(there, P, 1, &w->below));
    CVR_TRY(CVR_MATS_NEW(there, 1, 1, &w->faint));
    CVR_TRY(cvr_alloc((int64_t)image->count * image->height * image->width,
                      sizeof(double), what, (void **)&w->pixels));
    CVR_TRY(cvr_alloc(cvr_maps_work(image), sizeof(double), what, (void **)&w->work));
    CVR_TRY(cvr_alloc(drawn(w), sizeof(double), what, (void **)&w->drawn));
done:
    return status;
}

/* What all patches share. */
static cvr_status prepare(walk *w)
{
    const cvr_patches *p = w->p;
    cvr_mat W = {0}, mean = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, p->W.rows, p->W.cols, &W));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, p->W.cols, 1, &mean));
    cvr_copy(W, p->W);
    if (p->kind->centred) {
        cvr_col_sums(mean, W);
        cvr_scale(mean, -1 / (double)W.rows);
        cvr_add_row(W, mean);
    }
    cvr_copy(w->W, W);
    cvr_copy(w->below, p->c);
    cvr_scale(w->below, -1);
    cvr_fill(w->mean, 1 / (double)W.rows);
    cvr_fill(w->faint, p->kind->faint);
done:
    CVR_MATS_FREE(&W, &mean);
    return status;
}

/* ---- a block of images ------------------------------------------------------------- */

/* M from the images X; about the middle of pixels where patches are taken less their
   mean. */
static void draw(walk *w, cvr_mat X, cvr_mat M)
{
    const cvr_maps_kind *kind = w->p->kind;
    cvr_planes image = w->p->image;
    image.value = w->pixels;
    for (int64_t i = 0; i < X.rows; i++) {
        cvr_copy(cvr_mat_of(w->pixels, 1, X.cols), cvr_mat_rows(X, i, 1));
        kind->draw(&image, w->work, w->drawn);
        for (int64_t k = 0; k < M.cols && kind->centred; k++)
            w->drawn[k] -= 127.5;
        cvr_copy(cvr_mat_rows(w->maps, i, 1), cvr_mat_of(w->drawn, 1, M.cols));
    }
    cvr_copy(M, cvr_mat_rows(w->maps, 0, X.rows));
}

/* The patches at a position: each row of each plane's is some columns of M. */
static void gather(const walk *w, cvr_mat M, int y, int x, cvr_mat P)
{
    int side = w->p->kind->side;
    for (int64_t row = 0; row < (int64_t)w->planes * side; row++) {
        int64_t plane = row / side, line = plane * w->height + y + row % side;
        cvr_copy(cvr_mat_cols(P, row * side, side),
                 cvr_mat_cols(M, line * w->width + x, side));
    }
}

/* r = 1 / sqrt(|P|^2 / K - m^2 + faint) */
static void measure_patches(const walk *w, cvr_mat P, cvr_mat Q, cvr_mat m, cvr_mat r)
{
    cvr_square(Q, P);
    cvr_gemm(r, 1, CVR_N, Q, CVR_N, w->mean, 0);
    if (w->p->kind->centred) {
        cvr_gemm(m, 1, CVR_N, P, CVR_N, w->mean, 0);
        cvr_square(m, m);
        cvr_axpby(r, -1, m, 1);
        cvr_relu(r);
    }
    cvr_add_row(r, w->faint);
    cvr_square_root(r);
    cvr_reciprocal(r, 0);
}

/* Filters first, first + 1, ... of Z to their columns of F, of cell `cell`. */
static void add_to_cell(cvr_mat F, cvr_mat Z, int64_t first, int64_t cell, double part)
{
    cvr_mat view = cvr_mat_cols(F, first * CELLS * CELLS + cell, 1);
    view.cols = Z.cols;
    view.ld = F.ld * CELLS * CELLS;
    cvr_axpby(view, part, Z, 1);
}

static void pool(const walk *w, int y, int x, cvr_mat Z, cvr_mat F)
{
    int64_t half = w->p->mirrored ? Z.cols / 2 : Z.cols;
    for (int r = 0; r < CELLS; r++)
        for (int c = 0; c < CELLS; c++) {
            double part =
                cvr_patches_share(y, w->down, r) * cvr_patches_share(x, w->across, c);
            if (part == 0)
                continue;
            add_to_cell(F, cvr_mat_cols(Z, 0, half), 0, r * CELLS + c, part);
            if (w->p->mirrored)
                add_to_cell(F, cvr_mat_cols(Z, half, half), half,
                            r * CELLS + CELLS - 1 - c, part);
        }
}

static void describe(walk *w, cvr_mat X, cvr_comm *comm, cvr_mat out)
{
    int64_t n = X.rows;
    cvr_mat M = cvr_mat_rows(w->M, 0, n), P = cvr_mat_rows(w->P, 0, n);
    cvr_mat Z = cvr_mat_rows(w->Z, 0, n), F = cvr_mat_rows(w->F, 0, n);
    cvr_mat r = cvr_mat_rows(w->r, 0, n);
    draw(w, X, M);
    cvr_fill(F, 0);
    for (int y = 0; y < w->down && !cvr_interrupt_poll(comm); y++)
        for (int x = 0; x < w->across; x++) {
            gather(w, M, y, x, P);
            measure_patches(w, P, cvr_mat_rows(w->Q, 0, n), cvr_mat_rows(w->m, 0, n), r);
            cvr_gemm(Z, 1, CVR_N, P, CVR_N, w->W, 0);
            cvr_scale_rows(Z, r);
            cvr_add_row(Z, w->below);
            cvr_relu(Z);
            pool(w, y, x, Z, F);
        }
    cvr_square_root(F);
    cvr_copy(out, F);
}

cvr_status cvr_patches_apply_there(const cvr_patches *p, const cvr_backend *device,
                                   cvr_mat X, cvr_comm *comm, cvr_mat F)
{
    walk w;
    cvr_status status = CVR_OK;
    measure(p, &w);
    int64_t images = images_of(&w, X.rows);
    CVR_TRY(take(&w, device, F.type, images));
    CVR_TRY(prepare(&w));
    for (int64_t i = 0; i < X.rows && !cvr_interrupt_poll(comm); i += images) {
        int64_t left = X.rows - i, n = left < images ? left : images;
        describe(&w, cvr_mat_rows(X, i, n), comm, cvr_mat_rows(F, i, n));
    }
done:
    free_walk(&w);
    return status;
}
