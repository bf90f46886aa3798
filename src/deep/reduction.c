/* Sums of blocks, threads and processes. */
#include "deep/reduction.h"

#include <math.h>

#include "linalg/mats.h"
#include "parallel/comm.h"
#include "parallel/threads.h"

/* So many rows at least add up in single precision before the sums go on in double. */
enum { ROWS32 = 4096 };

static cvr_deep_sums *sums_of(const cvr_deep_reduction *r, int thread, int l)
{
    return &r->sums[thread * r->depth + l];
}

/* ---- a thread --------------------------------------------------------------------- */

/* What is in single precision moves into S and G. */
static void flush(cvr_deep_reduction *r, int thread, int l)
{
    cvr_deep_sums *s = sums_of(r, thread, l);
    cvr_mat from[] = {s->S32, s->G32}, to[] = {s->S, s->G};
    for (int k = 0; k < 2 && s->pending > 0; k++) {
        if (!from[k].device)
            continue;
        cvr_mat copy = cvr_deep_shaped(r->scratch[thread], to[k].rows, to[k].cols);
        cvr_copy(copy, from[k]);
        cvr_axpby(to[k], 1, copy, 1);
        cvr_fill(from[k], 0);
    }
    s->pending = 0;
}

/* G += h'h */
static void add_gram(cvr_deep_reduction *r, int thread, int l, cvr_mat H)
{
    cvr_deep_sums *s = sums_of(r, thread, l);
    if (r->gram64) {
        cvr_mat copy = cvr_deep_shaped(r->scratch[thread], H.rows, H.cols);
        cvr_copy(copy, H);
        H = copy;
    }
    cvr_gram(s->G32.device ? s->G32 : s->G, 1, CVR_T, H, 1);
}

cvr_mat cvr_deep_weigh(const cvr_deep_reduction *r, cvr_mat work, int64_t first,
                       cvr_mat A)
{
    cvr_mat B = A;
    if (!r->weighted)
        return A;
    B = cvr_mat_part(work, 0, 0, A.rows, A.cols);
    cvr_copy(B, A);
    cvr_scale_rows(B, cvr_mat_rows(r->root, first, A.rows));
    return B;
}

void cvr_deep_add(cvr_deep_reduction *r, int thread, int l, int64_t first, cvr_mat H,
                  cvr_mat T)
{
    cvr_deep_sums *s = sums_of(r, thread, l);
    H = cvr_deep_weigh(r, r->H[thread], first, H);
    T = cvr_deep_weigh(r, r->T[thread], first, T);
    if (s->transposed)
        cvr_gemm(s->S, 1, CVR_T, T, CVR_N, H, 1);
    else
        cvr_gemm(s->S32.device ? s->S32 : s->S, 1, CVR_T, H, CVR_N, T, 1);
    if (l > 0)
        add_gram(r, thread, l, H);
    s->pending += H.rows;
    if (s->pending >= ROWS32)
        flush(r, thread, l);
}

/* ---- threads and processes -------------------------------------------------------- */

/* Columns of the lower triangle of G, one after another: into the buffer or out of it. */
static void pack(cvr_deep_layer *layer, bool in)
{
    int64_t at = 0;
    for (int64_t j = 0; j < layer->in && layer->packed.device; j++) {
        int64_t rows = layer->in - j;
        cvr_mat column = cvr_mat_part(layer->G, j, j, rows, 1);
        cvr_mat packed = cvr_mat_part(layer->packed, at, 0, rows, 1);
        cvr_copy(in ? packed : column, in ? column : packed);
        at += rows;
    }
}

void cvr_deep_zero(cvr_deep_reduction *r, int l, int count)
{
    for (int i = l; i < l + count; i++) {
        cvr_deep_layer *layer = &r->layers[i];
        cvr_fill(layer->S, 0);
        if (i > 0)
            cvr_fill(layer->G, 0);
        for (int thread = 0; thread < r->threads; thread++) {
            cvr_deep_sums *s = sums_of(r, thread, i);
            cvr_mat all[] = {s->S, s->G, s->S32, s->G32};
            for (int k = 0; k < 4; k++)
                if (all[k].device)
                    cvr_fill(all[k], 0);
            s->pending = 0;
        }
    }
}

/* S and G of a thread join those of the layer. */
static void join(cvr_deep_reduction *r, int thread, int l)
{
    cvr_deep_layer *layer = &r->layers[l];
    cvr_deep_sums *s = sums_of(r, thread, l);
    cvr_mat S = s->S;
    flush(r, thread, l);
    if (s->transposed) {
        S = cvr_deep_shaped(r->scratch[0], layer->in, layer->out);
        cvr_transpose(S, s->S);
    }
    cvr_axpby(layer->S, 1, S, 1);
    if (l > 0)
        cvr_axpby(layer->G, 1, s->G, 1);
}

void cvr_deep_gather(cvr_deep_reduction *r, int l, int count)
{
    for (int i = l; i < l + count; i++) {
        for (int thread = 0; thread < r->threads; thread++)
            join(r, thread, i);
        pack(&r->layers[i], true);
    }
}

/* Numbers of a layer in the buffer. */
static int64_t numbers(const cvr_deep_layer *layer)
{
    int64_t triangle = layer->number > 1 ? layer->in * (layer->in + 1) / 2 : 0;
    return layer->in * layer->out + triangle;
}

cvr_status cvr_deep_sum_rows(cvr_deep_reduction *r, int l, int count)
{
    int64_t first = 0, size = 0;
    for (int i = 0; i < l + count; i++)
        *(i < l ? &first : &size) += numbers(&r->layers[i]);
    return cvr_allreduce(r->comm, cvr_mat_part(r->buffer, first, 0, size, 1));
}

cvr_status cvr_deep_allreduce(cvr_deep_reduction *r, int l, int count)
{
    cvr_status status = CVR_OK;
    if (!r->summed)
        CVR_TRY(cvr_deep_sum_rows(r, l, count));
    for (int i = l; i < l + count; i++)
        pack(&r->layers[i], false);
done:
    return status;
}

void cvr_deep_forget(cvr_deep_reduction *r, int l)
{
    cvr_fill(r->layers[l].S, 0);
    if (l > 0)
        cvr_fill(r->layers[l].packed, 0);
}

/* ---- the first Gram matrix -------------------------------------------------------- */

typedef struct first_gram {
    cvr_deep_reduction *r;
    cvr_mat X;
} first_gram;

/* The first columns of the lower triangle of X'X. */
static void add_columns(cvr_mat G, cvr_mat X, int64_t cols)
{
    int64_t below = X.cols - cols;
    cvr_mat own = cvr_mat_cols(X, 0, cols);
    cvr_gram(cvr_mat_part(G, 0, 0, cols, cols), 1, CVR_T, own, 1);
    if (below > 0)
        cvr_gemm(cvr_mat_part(G, cols, 0, below, cols), 1, CVR_T,
                 cvr_mat_cols(X, cols, below), CVR_N, own, 1);
}

/* Where the columns of a thread begin, such that all have as many entries of the triangle
   of n columns. */
static int64_t first_column(int64_t n, int thread, int threads)
{
    return (int64_t)((double)n * (1 - sqrt(1 - (double)thread / threads)));
}

/* Each thread has columns of its own of G, and all rows in double. */
static void add_first_gram(void *ctx, int thread)
{
    const first_gram *f = ctx;
    const cvr_deep_reduction *r = f->r;
    cvr_mat G = r->layers[0].G, scratch = r->scratch[thread];
    int64_t c = first_column(G.cols, thread, r->threads);
    int64_t cols = first_column(G.cols, thread + 1, r->threads) - c;
    for (int64_t i = 0; i < f->X.rows && cols > 0 && !cvr_interrupt_poll(r->comm);
         i += r->block) {
        cvr_mat X = cvr_mat_rows(cvr_mat_cols(f->X, c, G.cols - c), i, r->block);
        X = cvr_deep_weigh(r, r->H[thread], i, X);
        if (X.type == CVR_SINGLE) {
            cvr_copy(cvr_deep_shaped(scratch, X.rows, X.cols), X);
            X = cvr_deep_shaped(scratch, X.rows, X.cols);
        }
        add_columns(cvr_mat_part(G, c, c, X.cols, X.cols), X, cols);
    }
}

cvr_status cvr_deep_first_gram(cvr_deep_reduction *r, cvr_mat X)
{
    cvr_status status = CVR_OK;
    cvr_parallel_for(r->threads, add_first_gram, &(first_gram){r, X});
    CVR_TRY(cvr_allreduce(r->comm, r->layers[0].G));
    CVR_TRY(cvr_interrupt_check(r->comm));
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

static void lay_out_sums(const cvr_deep_reduction *r, cvr_workspace *w, cvr_deep_sums *s,
                         int l)
{
    int64_t in = r->layers[l].in, out = r->layers[l].out;
    bool single = r->type == CVR_SINGLE;
    s->transposed = !single && 4 * in <= out;
    cvr_lay_double(w, CVR_SCRATCH, NULL, &s->S, s->transposed ? out : in,
                   s->transposed ? in : out);
    if (l > 0)
        cvr_lay_double(w, CVR_SCRATCH, NULL, &s->G, in, in);
    if (single)
        CVR_LAY_SCRATCH(w, in, out, &s->S32);
    if (single && l > 0 && !r->gram64)
        CVR_LAY_SCRATCH(w, in, in, &s->G32);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Numbers that a thread copies at a time: sums in single precision, and blocks of rows
   for G in double; the first one's turn of transposed sums too. */
static int64_t copied(const cvr_deep_reduction *r, int thread)
{
    bool single = r->type == CVR_SINGLE;
    int64_t most = 0;
    for (int l = 0; l < r->depth; l++) {
        int64_t in = r->layers[l].in;
        if (single || thread == 0)
            most = larger(most, in * r->layers[l].out);
        if (single && l > 0)
            most = larger(most, in * in);
        if (single && (l == 0 || r->gram64))
            most = larger(most, in * r->block);
    }
    return most;
}

static void lay_out_weighed(cvr_deep_reduction *r, cvr_workspace *w, int64_t rows)
{
    int64_t widest = 0;
    for (int l = 0; l < r->depth; l++)
        widest = larger(widest, larger(r->layers[l].in, r->layers[l].out));
    CVR_LAY_SCRATCH(w, rows, 1, &r->root);
    for (int thread = 0; thread < r->threads; thread++)
        CVR_LAY_SCRATCH(w, r->block, widest, &r->H[thread], &r->T[thread]);
}

cvr_status cvr_deep_reduction_lay_out(cvr_deep_reduction *r, cvr_workspace *w,
                                      int64_t rows, cvr_mark saved)
{
    int64_t size = 0;
    cvr_status status = CVR_OK;
    for (int l = 0; l < r->depth; l++)
        size += numbers(&r->layers[l]);
    if (saved == CVR_TOTAL)
        cvr_lay_total(w, "sums", &r->buffer, CVR_DOUBLE, size, 1, r->gives);
    else
        cvr_lay_double(w, saved, "sums", &r->buffer, size, 1);
    CVR_TRY(cvr_lay_array(w, (void **)&r->sums, (int64_t)r->threads * r->depth,
                          sizeof *r->sums));
    CVR_TRY(cvr_lay_array(w, (void **)&r->scratch, r->threads, sizeof *r->scratch));
    CVR_TRY(cvr_lay_array(w, (void **)&r->H, r->threads, sizeof *r->H));
    CVR_TRY(cvr_lay_array(w, (void **)&r->T, r->threads, sizeof *r->T));
    if (r->weighted)
        lay_out_weighed(r, w, rows);
    for (int thread = 0; thread < r->threads; thread++) {
        for (int l = 0; l < r->depth; l++)
            lay_out_sums(r, w, sums_of(r, thread, l), l);
        cvr_lay_double(w, CVR_SCRATCH, NULL, &r->scratch[thread], copied(r, thread), 1);
    }
done:
    return status;
}

void cvr_deep_reduction_start(cvr_deep_reduction *r, cvr_mat omega)
{
    int64_t at = 0;
    if (r->weighted) {
        cvr_copy(r->root, omega);
        cvr_square_root(r->root);
    }
    for (int l = 0; l < r->depth; l++) {
        cvr_deep_layer *layer = &r->layers[l];
        int64_t product = layer->in * layer->out, triangle = numbers(layer) - product;
        layer->S = cvr_deep_shaped(cvr_mat_part(r->buffer, at, 0, product, 1), layer->in,
                                   layer->out);
        if (l > 0)
            layer->packed = cvr_mat_part(r->buffer, at + product, 0, triangle, 1);
        at += product + triangle;
    }
}
