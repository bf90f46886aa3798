#include "convex/exact.h"

#include <math.h>

#include "linalg/blas_threads.h"
#include "linalg/mats.h"
#include "linalg/product.h"
#include "parallel/comm.h"
#include "parallel/threads.h"

enum { BLOCK = 256 };

int64_t cvr_exact_judges(int64_t n)
{
    return n / 5 > 1 ? n / 5 : 1;
}

void cvr_exact_lay_out(cvr_exact *e, int64_t n, int64_t C, bool weighted,
                       cvr_workspace *w)
{
    e->n = n;
    e->m = cvr_exact_judges(n);
    CVR_LAY_SCRATCH(w, n, n, &e->K);
    CVR_LAY_SCRATCH(w, n, BLOCK, &e->D);
    CVR_LAY_SCRATCH(w, n, C, &e->a);
    CVR_LAY_SCRATCH(w, n, 1, &e->o);
    CVR_LAY_SCRATCH(w, e->m, e->m, &e->V);
    CVR_LAY_DOUBLE(w, n, C, &e->Y, &e->alpha, &e->Ka, &e->best.alpha);
    CVR_LAY_DOUBLE(w, e->m, C, &e->E, &e->best.E);
    CVR_LAY_DOUBLE(w, C, 1, &e->b, &e->best.b);
    CVR_LAY_DOUBLE(w, n, 1, &e->r, &e->Kr, &e->v);
    if (w->type != CVR_DOUBLE)
        CVR_LAY_DOUBLE(w, BLOCK, n, &e->strip);
    e->omega = e->inverse = (cvr_mat){0};
    e->weighted = weighted;
    if (!weighted)
        return;
    CVR_LAY_DOUBLE(w, n, 1, &e->omega);
    CVR_LAY_SCRATCH(w, n, 1, &e->inverse);
}

double cvr_exact_weight(const cvr_exact *e, int64_t i)
{
    return e->omega.data ? cvr_get(e->omega, i, 0) : 1;
}

/* ---- the kernel -------------------------------------------------------------------- */

/* Rows and columns of a matrix: block (i, j), from there on. */
static cvr_mat block(cvr_mat A, int64_t i, int64_t j)
{
    int64_t rows = A.rows - i < BLOCK ? A.rows - i : BLOCK;
    int64_t cols = A.cols - j < BLOCK ? A.cols - j : BLOCK;
    return cvr_mat_part(A, i, j, rows, cols);
}

static cvr_mat diagonal_block(const cvr_exact *e, int64_t i)
{
    int64_t rows = e->n - i < BLOCK ? e->n - i : BLOCK;
    return cvr_mat_part(e->D, i, 0, rows, rows);
}

/* The diagonal of A as a row. */
static cvr_mat diagonal(cvr_mat A)
{
    cvr_mat d = cvr_mat_part(A, 0, 0, 1, A.rows);
    d.ld = A.ld + 1;
    return d;
}

typedef struct team {
    const cvr_exact *e;
    int threads;
} team;

/* Below the diagonal, and on it, K anew: every so manieth row of blocks. */
static void restore_some(void *ctx, int thread)
{
    const team *t = ctx;
    const cvr_exact *e = t->e;
    for (int64_t i = (int64_t)thread * BLOCK; i < e->n;
         i += (int64_t)t->threads * BLOCK) {
        cvr_copy(block(e->K, i, i), diagonal_block(e, i));
        for (int64_t j = 0; j < i; j += BLOCK)
            cvr_transpose(block(e->K, i, j), block(e->K, j, i));
    }
}

static void restore(cvr_exact *e)
{
    bool small = e->n < 2 * BLOCK || e->K.device != cvr_cpu();
    int threads = small ? 1 : cvr_blas_threads();
    threads = threads < CVR_MOST_THREADS ? threads : CVR_MOST_THREADS;
    cvr_parallel_for(threads, restore_some, &(team){e, threads});
}

/* The blocks of row i from the diagonal on. */
static cvr_mat row_of_blocks(const cvr_exact *e, int64_t i)
{
    return cvr_mat_part(e->K, i, i, block(e->K, i, i).rows, e->n - i);
}

/* Rows of blocks on and above the diagonal, in turn by one process each; the others have
   zeroes there. Then the diagonal, d (n x 1), of all rows. */
static cvr_status own_tiles(cvr_exact *e, const cvr_machine *machine, cvr_mat X,
                            cvr_comm *comm, cvr_mat *d)
{
    cvr_kernel_rows x = {0};
    int size = cvr_comm_size(comm);
    int64_t turn = cvr_comm_rank(comm);
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_kernel_rows_new(machine, X, BLOCK, &x));
    CVR_TRY(cvr_mat_new(X.device, X.type, e->n, 1, d));
    for (int64_t i = turn * BLOCK; i < e->n; i += (int64_t)size * BLOCK) {
        if (cvr_interrupt_poll(comm))
            break;
        CVR_TRY(cvr_kernel_block(&x, i, &x, i, row_of_blocks(e, i)));
    }
    CVR_TRY(cvr_kernel_diagonal(&x, *d));
done:
    cvr_kernel_rows_free(&x);
    return status;
}

/* The whole of K on every process. */
static cvr_status tiles(cvr_exact *e, const cvr_machine *machine, cvr_mat X,
                        cvr_comm *comm)
{
    cvr_mat d = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, own_tiles(e, machine, X, comm, &d)));
    for (int64_t i = 0; i < e->n && cvr_comm_size(comm) > 1; i += BLOCK)
        CVR_TRY(cvr_allreduce(comm, row_of_blocks(e, i)));
    cvr_transpose(diagonal(e->K), d);
    for (int64_t i = 0; i < e->n; i += BLOCK)
        cvr_copy(diagonal_block(e, i), block(e->K, i, i));
    restore(e);
    e->whole = true;
done:
    cvr_mat_free(&d);
    return status;
}

/* (sum omega_i K_ii - omega'K omega / sum omega) / n. */
static double mean_eigenvalue(cvr_exact *e, cvr_mat work)
{
    double trace = 0, total = 0;
    cvr_fill(e->Kr, 1);
    if (e->omega.data)
        cvr_copy(e->Kr, e->omega);
    cvr_plain_product(e->r, CVR_T, e->K, e->Kr, work);
    for (int64_t i = 0; i < e->n; i++) {
        trace += cvr_exact_weight(e, i) * cvr_get(e->K, i, i);
        total += cvr_exact_weight(e, i);
    }
    double left = trace - cvr_dot(e->Kr, e->r) / total;
    return left > 1e-12 * trace ? left / (double)e->n : 1;
}

cvr_status cvr_exact_start(cvr_exact *e, const cvr_machine *machine, cvr_mat X,
                           cvr_comm *comm)
{
    cvr_mat work = cvr_mat_cols(e->Ka, 0, 1);
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < e->inverse.rows; i++)
        cvr_set(e->inverse, i, 0, 1 / cvr_exact_weight(e, i));
    CVR_TRY(tiles(e, machine, X, comm));
    e->size = cvr_norm_bound(e->K);
    e->scale = mean_eigenvalue(e, work);
    cvr_draw_signs(e->r, 0, 0, 0);
    cvr_plain_product(e->Kr, CVR_T, e->K, e->r, work);
done:
    return status;
}

/* A block of K in double: itself, or its copy in the strip. */
static cvr_mat in_double(const cvr_exact *e, cvr_mat A)
{
    cvr_mat B = A;
    if (A.type == CVR_DOUBLE)
        return A;
    B = cvr_mat_part(e->strip, 0, 0, A.rows, A.cols);
    cvr_copy(B, A);
    return B;
}

/* Ka = K alpha in double, from the blocks on and above the diagonal. */
static void times_kernel(cvr_exact *e)
{
    cvr_mat x = e->alpha, y = e->Ka;
    cvr_fill(y, 0);
    for (int64_t i = 0; i < e->n; i += BLOCK) {
        cvr_mat D = diagonal_block(e, i);
        int64_t rows = D.rows, behind = i + rows, left = e->n - behind;
        cvr_mat x_i = cvr_mat_rows(x, i, rows), y_i = cvr_mat_rows(y, i, rows);
        cvr_mat rest = cvr_mat_rows(x, behind, left), out = cvr_mat_rows(y, behind, left);
        cvr_gemm(y_i, 1, CVR_N, in_double(e, D), CVR_N, x_i, 1);
        cvr_mat R = in_double(e, cvr_mat_part(e->K, i, behind, rows, left));
        cvr_gemm(y_i, 1, CVR_N, R, CVR_N, rest, 1);
        cvr_gemm(out, 1, CVR_T, R, CVR_N, x_i, 1);
    }
}

/* ---- a penalty --------------------------------------------------------------------- */

double cvr_exact_sum(cvr_mat v)
{
    double total = 0;
    for (int64_t i = 0; i < v.rows; i++)
        total += cvr_get(v, i, 0);
    return total;
}

static cvr_status factor(cvr_exact *e, double mu)
{
    cvr_status status = CVR_OK;
    e->factored = 0;
    if (!e->whole)
        restore(e);
    e->whole = false;
    if (e->omega.data)
        cvr_axpby(diagonal(e->K), mu, cvr_mat_reshape(e->inverse, 1, e->n), 1);
    else
        cvr_add_diag(e->K, mu);
    CVR_TRY(cvr_potrf(e->K));
    cvr_fill(e->o, 1);
    cvr_potrs(e->K, e->o);
    e->ones = e->tau + cvr_exact_sum(e->o);
    e->factored = mu;
done:
    return status;
}

/* alpha and b move by the solution for the right-hand side R (n x C, double), work, and
   tau b - 1'alpha in place of 0. */
static void move(cvr_exact *e, cvr_mat R)
{
    cvr_copy(e->a, R);
    cvr_potrs(e->K, e->a);
    cvr_copy(R, e->a);
    cvr_copy(e->v, e->o);
    for (int64_t c = 0; c < e->b.rows; c++) {
        cvr_mat a = cvr_mat_cols(R, c, 1), alpha = cvr_mat_cols(e->alpha, c, 1);
        double b = cvr_get(e->b, c, 0), by = 0;
        if (isfinite(e->tau))
            by = (cvr_exact_sum(a) + cvr_exact_sum(alpha) - e->tau * b) / e->ones;
        cvr_axpby(a, -by, e->v, 1);
        cvr_axpby(alpha, 1, a, 1);
        cvr_set(e->b, c, 0, b + by);
    }
}

cvr_status cvr_exact_fit(cvr_exact *e, double mu)
{
    cvr_status status = CVR_OK;
    CVR_TRY(factor(e, mu));
    e->mu = mu;
    cvr_fill(e->alpha, 0);
    cvr_fill(e->b, 0);
    cvr_copy(e->Ka, e->Y);
    move(e, e->Ka);
done:
    return status;
}

/* Ka += mu Omega^-1 alpha */
static void add_shift(cvr_exact *e, double mu)
{
    if (!e->omega.data) {
        cvr_axpby(e->Ka, mu, e->alpha, 1);
        return;
    }
    for (int64_t c = 0; c < e->Ka.cols; c++)
        for (int64_t i = 0; i < e->n; i++)
            cvr_set(e->Ka, i, c,
                    cvr_get(e->Ka, i, c) +
                        mu * cvr_get(e->alpha, i, c) / cvr_get(e->omega, i, 0));
}

/* With the residual in double, K alpha + mu Omega^-1 alpha + 1 b' - Y. */
cvr_status cvr_exact_refine(cvr_exact *e)
{
    cvr_status status = CVR_OK;
    if (e->factored != e->mu)
        CVR_TRY(factor(e, e->mu));
    times_kernel(e);
    add_shift(e, e->mu);
    cvr_add_row(e->Ka, e->b);
    cvr_axpby(e->Ka, 1, e->Y, -1);
    move(e, e->Ka);
done:
    return status;
}

/* sum omega |e|^2 over their mean weight. */
static double judged(const cvr_exact *e)
{
    int64_t first = e->n - e->m;
    double sum = 0, total = 0;
    if (!e->omega.data)
        return cvr_dot(e->E, e->E) / (double)(e->m * e->E.cols);
    for (int64_t i = 0; i < e->m; i++) {
        cvr_mat row = cvr_mat_rows(e->E, i, 1);
        double omega = cvr_get(e->omega, first + i, 0);
        sum += omega * cvr_dot(row, row);
        total += omega;
    }
    return sum / (total * (double)e->E.cols);
}

double cvr_exact_judge(cvr_exact *e)
{
    int64_t first = e->n - e->m;
    cvr_fill(e->V, 0);
    cvr_add_diag(e->V, 1);
    cvr_trsm(cvr_mat_part(e->K, first, first, e->m, e->m), CVR_N, e->V);
    for (int64_t i = 0; i < e->m; i++) {
        cvr_mat column = cvr_mat_cols(e->V, i, 1);
        double o = cvr_get(e->o, first + i, 0);
        double left = cvr_dot(column, column) - o * o / e->ones;
        for (int64_t c = 0; c < e->E.cols; c++)
            cvr_set(e->E, i, c, cvr_get(e->alpha, first + i, c) / left);
    }
    e->error = judged(e);
    return e->error;
}

void cvr_exact_keep(cvr_exact *e)
{
    cvr_copy(e->best.alpha, e->alpha);
    cvr_copy(e->best.b, e->b);
    cvr_copy(e->best.E, e->E);
    e->best.mu = e->mu;
    e->best.error = e->error;
}

bool cvr_exact_recall(cvr_exact *e, double mu)
{
    if (e->best.mu != mu)
        return false;
    cvr_copy(e->alpha, e->best.alpha);
    cvr_copy(e->b, e->best.b);
    cvr_copy(e->E, e->best.E);
    e->mu = e->best.mu;
    e->error = e->best.error;
    return true;
}

/* ---- bounds ------------------------------------------------------------------------ */

/* r'K alpha twice. */
static cvr_status verify(const cvr_exact *e, int64_t c)
{
    cvr_mat alpha = cvr_mat_cols(e->alpha, c, 1);
    double gap = fabs(cvr_dot(e->r, cvr_mat_cols(e->Ka, c, 1)) - cvr_dot(e->Kr, alpha));
    return cvr_product_judge("K alpha of the bounds", gap, (double)e->n, CVR_DOUBLE,
                             e->size * cvr_norm_bound(alpha));
}

/* sum_i alpha_i^2 / omega_i of output c, `rest` less in its last entry. */
static double square_of(const cvr_exact *e, int64_t c, double rest)
{
    int64_t last = e->n - 1;
    cvr_mat alpha = cvr_mat_cols(e->alpha, c, 1);
    double a = cvr_get(alpha, last, 0), sum = 0;
    if (!e->omega.data)
        return cvr_dot(alpha, alpha) - a * a + (a - rest) * (a - rest);
    for (int64_t i = 0; i < e->n; i++) {
        double x = cvr_get(alpha, i, 0) - (i == last ? rest : 0);
        sum += x * x / cvr_get(e->omega, i, 0);
    }
    return sum;
}

/* Output c. With tau = 0 the dual value takes 1'alpha = 0 exactly: it is that of alpha
   less what rounding has left of it, in its last entry. */
static void add_values(const cvr_exact *e, double mu, int64_t c, double *objective,
                       double *lower)
{
    cvr_mat alpha = cvr_mat_cols(e->alpha, c, 1), Ka = cvr_mat_cols(e->Ka, c, 1);
    cvr_mat Y = cvr_mat_cols(e->Y, c, 1);
    int64_t last = e->n - 1, corner = last / BLOCK * BLOCK;
    double quadratic = cvr_dot(alpha, Ka), loss = 0, ones = cvr_exact_sum(alpha);
    double rest = e->tau == 0 ? ones : 0, b = cvr_get(e->b, c, 0);
    double y = cvr_get(Y, last, 0), linear = cvr_dot(alpha, Y) - rest * y;
    double square = square_of(e, c, rest);
    for (int64_t i = 0; i < e->n; i++) {
        double r = cvr_get(Ka, i, 0) + b - cvr_get(Y, i, 0);
        loss += cvr_exact_weight(e, i) * (r * r / 2);
    }
    *objective += loss + mu / 2 * quadratic;
    quadratic -= 2 * rest * cvr_get(Ka, last, 0);
    quadratic += rest * rest * cvr_get(e->D, last, last - corner);
    *lower += mu * linear - mu * mu / 2 * square - mu / 2 * quadratic;
    if (e->tau > 0 && isfinite(e->tau)) {
        *objective += mu / 2 * e->tau * b * b;
        *lower -= mu / 2 * ones * ones / e->tau;
    }
}

cvr_status cvr_exact_values(cvr_exact *e, double mu, double *objective, double *lower)
{
    cvr_status status = CVR_OK;
    *objective = *lower = 0;
    times_kernel(e);
    for (int64_t c = 0; c < e->Ka.cols; c++) {
        CVR_TRY(verify(e, c));
        add_values(e, mu, c, objective, lower);
    }
done:
    return status;
}
