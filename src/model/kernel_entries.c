/* Columns are dealt to threads, some at a time, so that they stay in the nearest caches
   from the products to the sum. */
#include "model/kernel_entries.h"

#include <math.h>

#include "linalg/blas_threads.h"
#include "model/ops.h"
#include "parallel/threads.h"

enum { COLUMNS = 32, FEW = 1 << 15 /* entries that one thread makes */ };

/* A += c. */
static void add_constant(cvr_mat A, cvr_mat row, double c)
{
    cvr_fill(row, c);
    cvr_add_row(A, row);
}

/* K = exp((2 K - |x|^2 - |z|^2) / c) */
static void exponential(cvr_mat K, cvr_mat x2, cvr_mat z2, cvr_mat row, double c)
{
    cvr_axpby(row, -1 / c, z2, 0);
    cvr_scale(K, 2 / c);
    for (int64_t j = 0; j < K.cols; j++)
        cvr_axpby(cvr_mat_cols(K, j, 1), -1 / c, x2, 1);
    cvr_add_row(K, row);
    cvr_clamp(K, -INFINITY, 0); /* of rounding */
    cvr_exponential(K, 1);
}

/* K = k_part of the inner products K and the parts of gates A, 2 s(x)'s(z) or half. */
static void apply(const cvr_kernel_part *p, cvr_mat K, cvr_mat x2, cvr_mat z2, cvr_mat A,
                  cvr_mat row)
{
    switch (p->kind) {
    case CVR_KERNEL_ARC:
        cvr_arc_cosine(K, x2, z2, p->bias2, p->gated, p->relu);
        break;
    case CVR_KERNEL_MIX:
        add_constant(K, row, p->bias2);
        add_constant(A, row, 0.5);
        cvr_hadamard(K, A);
        break;
    case CVR_KERNEL_TREE:
        cvr_copy(K, A);
        add_constant(K, row, -2);
        cvr_exponential(K, 1);
        break;
    case CVR_KERNEL_EXP:
        exponential(K, x2, z2, row, p->bias2);
        break;
    }
}

/* Columns j .. of what gates say, times what the part multiplies it by. */
static cvr_mat agreement(const cvr_kernel_entries *e, int image, int64_t j, int64_t cols)
{
    double slope = e->part->kind == CVR_KERNEL_TREE ? 2 : 0.5;
    cvr_mat A = {0};
    if (!e->same[image].data)
        return A;
    A = cvr_mat_cols(e->twice[image], j, cols);
    if (A.data != cvr_mat_cols(e->same[image], j, cols).data)
        cvr_copy(A, cvr_mat_cols(e->same[image], j, cols));
    cvr_scale(A, slope / (double)e->part->gates.W.rows);
    return A;
}

static void make_columns(const cvr_kernel_entries *e, int64_t j, int64_t cols)
{
    const cvr_kernel_part *p = e->part;
    cvr_mat K = cvr_mat_cols(e->K, j, cols), T = {0}, z2 = {0};
    cvr_mat row = cvr_mat_part(e->row, j, 0, cols, 1);
    if (e->z2.data)
        z2 = cvr_mat_part(e->z2, j, 0, cols, 1);
    if (p->even > 0) {
        T = cvr_mat_cols(e->T, j, cols);
        cvr_axpby(K, 1, T, 1);
        cvr_axpby(T, 1, K, -2);
        apply(p, T, e->x2, z2, agreement(e, 1, j, cols), row);
    }
    apply(p, K, e->x2, z2, agreement(e, 0, j, cols), row);
    if (p->even > 0)
        cvr_axpby(K, 1, T, 1);
    if (e->sum.data)
        cvr_axpby(cvr_mat_cols(e->sum, j, cols), p->weight, K, e->more);
}

typedef struct team {
    const cvr_kernel_entries *e;
    int threads;
} team;

static void make_some(void *ctx, int thread)
{
    const team *t = ctx;
    int64_t all = t->e->K.cols;
    for (int64_t j = (int64_t)thread * COLUMNS; j < all; j += t->threads * COLUMNS)
        make_columns(t->e, j, all - j < COLUMNS ? all - j : COLUMNS);
}

void cvr_kernel_make_entries(cvr_kernel_entries *e)
{
    int threads = cvr_blas_threads();
    threads = threads < CVR_MOST_THREADS ? threads : CVR_MOST_THREADS;
    if (e->K.device != cvr_cpu())
        make_columns(e, 0, e->K.cols);
    else if (e->K.rows * e->K.cols < FEW)
        make_some(&(team){e, 1}, 0);
    else
        cvr_parallel_for(threads, make_some, &(team){e, threads});
}
