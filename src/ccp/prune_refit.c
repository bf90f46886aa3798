/* Refitting a layer on its support, an output at a time: u has the few weights of its
   output that are not 0, and the bias, P the columns of X that go with them. With A the
   rows on the quadratic side (w = Pu > 0, or y > 0 and w = 0; all of them without a relu)
   a step goes to

       argmin sum_A (p'u - y)^2 + eps sum_j H_jj (u_j - u_j before)^2,  H = sum_A p p'

   where eps, the size of rounding, is for columns that are alike (a column of zeroes
   keeps its weight), and is halved until F falls. Rows that change sides are all that H
   has to be told of. */
#include <math.h>

#include "base/bytes.h"
#include "ccp/prune.h"

enum { STEPS = 50, HALVINGS = 30, BATCH = 2048 };
static const double LEAST = 1e-30; /* worth */

typedef struct refit {
    const cvr_prune_task *task;
    int64_t *support;        /* features of the output at hand; the bias is the last */
    int64_t size;            /* how many */
    cvr_mat P, w, p, k, z;   /* own rows x size; own rows: Pu, P times the step, sides */
    cvr_mat H, Change, Near; /* size + 1 x size + 1: with y as the last column */
    cvr_mat u, trial, zero;  /* size x 1 */
    cvr_mat Batch, Work;     /* of side_switch and lasso */
    double slack, eps, small;
} refit;

/* ---- one output -------------------------------------------------------------------- */

static void find_support(refit *r, cvr_mat column)
{
    int64_t last = column.rows - 1;
    r->size = 0;
    for (int64_t j = 0; j < last; j++)
        if (cvr_get(column, j, 0) != 0)
            r->support[r->size++] = j;
    r->support[r->size++] = last;
}

/* The parts of the matrices that an output with this support uses. */
static refit narrow(const refit *r)
{
    refit s = *r;
    int64_t n = r->size, D = n + 1;
    s.P = cvr_mat_cols(r->P, 0, n);
    s.H = cvr_mat_part(r->H, 0, 0, D, D);
    s.Change = cvr_mat_part(r->Change, 0, 0, D, D);
    s.Near = cvr_mat_part(r->Near, 0, 0, D, D);
    s.u = cvr_mat_part(r->u, 0, 0, n, 1);
    s.trial = cvr_mat_part(r->trial, 0, 0, n, 1);
    s.zero = cvr_mat_part(r->zero, 0, 0, n, 1);
    s.Batch = cvr_mat_cols(r->Batch, 0, D);
    s.Work = cvr_mat_reshape(cvr_mat_part(r->Work, 0, 0, n * (n + 3), 1), n, n + 3);
    return s;
}

static void gather(const refit *r, cvr_mat column)
{
    for (int64_t j = 0; j < r->size; j++) {
        int64_t from = r->support[j];
        cvr_copy(cvr_mat_cols(r->P, j, 1), cvr_mat_cols(r->task->X, from, 1));
        cvr_set(r->u, j, 0, cvr_get(column, from, 0));
    }
}

/* H for the sides at w. */
static cvr_status change_sides(refit *r, cvr_mat y)
{
    cvr_status status = CVR_OK;
    cvr_fill(r->Change, 0);
    if (!r->task->relu)
        cvr_fill(r->z, 1);
    cvr_side_switch(r->Change, r->k, r->P, y, r->task->relu ? r->w : r->z, r->Batch,
                    r->slack);
    CVR_TRY(cvr_sum(r->task->comm, r->Change));
    cvr_axpby(r->H, 1, r->Change, 1);
done:
    return status;
}

/* trial = the minimum of the quadratic */
static void solve(refit *r)
{
    cvr_copy(r->Near, r->H);
    for (int64_t j = 0; j < r->size; j++) {
        double h = cvr_get(r->H, j, j), pull = h > 0 ? r->eps * h : 1;
        double b = cvr_get(r->H, r->size, j);
        cvr_set(r->Near, j, j, h + pull);
        cvr_set(r->Near, r->size, j, b + pull * cvr_get(r->u, j, 0));
    }
    cvr_copy(r->trial, r->u);
    cvr_lasso(r->trial, r->Near, r->zero, r->Work);
}

/* F of this output at products w + t p */
static cvr_status evaluate(const refit *r, cvr_mat y, double t, double *F)
{
    if (r->task->relu) {
        *F = cvr_relu_distance2(r->w, r->p, t, y);
    } else {
        cvr_copy(r->z, r->w);
        cvr_axpby(r->z, t, r->p, 1);
        *F = cvr_distance2(r->z, y);
    }
    return cvr_sum_scalars(r->task->comm, F, 1);
}

/* u goes the whole way to trial, half of it, ... until F falls; else it stays. */
static cvr_status search(refit *r, cvr_mat y, double *F)
{
    double t = 1, now = 0;
    cvr_status status = CVR_OK;
    cvr_axpby(r->trial, -1, r->u, 1);
    cvr_gemm(r->p, 1, CVR_N, r->P, CVR_N, r->trial, 0);
    for (int k = 0; k < HALVINGS; k++, t /= 2) {
        CVR_TRY(evaluate(r, y, t, &now));
        if (now < *F)
            break;
    }
    if (!(now < *F))
        return CVR_OK;
    *F = now;
    cvr_axpby(r->u, t, r->trial, 1);
    cvr_axpby(r->w, t, r->p, 1);
done:
    return status;
}

static cvr_status descend(refit *r, cvr_mat y)
{
    double F = 0, before = 0;
    cvr_status status = CVR_OK;
    cvr_gemm(r->w, 1, CVR_N, r->P, CVR_N, r->u, 0);
    CVR_TRY(evaluate(r, y, 0, &F));
    for (int step = 0; step < STEPS; step++) {
        CVR_TRY(change_sides(r, y));
        solve(r);
        before = F;
        CVR_TRY(search(r, y, &F));
        if (before - F <= r->small * before)
            break;
    }
done:
    return status;
}

/* v_j = u_j^2 / (H^{-1})_jj = (u_j / |L^{-1} e_j|)^2 with L L' = H; never 0, but next to
   it where H is singular. Near and Change are work. */
static void find_worth(refit *r, cvr_mat worth)
{
    int64_t n = r->size;
    cvr_mat L = cvr_mat_part(r->Near, 0, 0, n, n);
    cvr_mat I = cvr_mat_part(r->Change, 0, 0, n, n);
    cvr_fill(worth, 0);
    for (int64_t j = 0; j + 1 < n; j++)
        cvr_set(worth, r->support[j], 0, LEAST);
    cvr_fill(I, 0);
    cvr_add_diag(I, 1);
    cvr_copy(L, cvr_mat_part(r->H, 0, 0, n, n));
    for (int64_t j = 0; j < n; j++) {
        double h = cvr_get(L, j, j);
        cvr_set(L, j, j, h > 0 ? h * (1 + 10 * r->eps) : 1);
    }
    if (cvr_potrf(L) != CVR_OK)
        return;
    cvr_trsm(L, CVR_N, I);
    cvr_col_norms(r->trial, I);
    for (int64_t j = 0; j + 1 < n; j++) {
        double v = cvr_get(r->u, j, 0) / cvr_get(r->trial, j, 0);
        bool used = cvr_get(r->H, j, j) > 0;
        cvr_set(worth, r->support[j], 0, used && v * v > LEAST ? v * v : LEAST);
    }
}

static cvr_status refit_output(refit *all, cvr_mat column, cvr_mat y, cvr_mat worth)
{
    find_support(all, column);
    refit r = narrow(all);
    gather(&r, column);
    cvr_fill(r.k, 0);
    cvr_fill(r.H, 0);
    cvr_status status = descend(&r, y);
    for (int64_t j = 0; status == CVR_OK && j < r.size; j++)
        cvr_set(column, r.support[j], 0, cvr_get(r.u, j, 0));
    if (status == CVR_OK && worth.on)
        find_worth(&r, worth);
    return status;
}

/* ---- all outputs ------------------------------------------------------------------- */

static int64_t largest_support(cvr_mat U)
{
    int64_t most = 0;
    for (int64_t c = 0; c < U.cols; c++) {
        int64_t size = cvr_count_nonzero(cvr_mat_part(U, 0, c, U.rows - 1, 1)) + 1;
        most = size > most ? size : most;
    }
    return most;
}

static cvr_status take_memory(refit *r, int64_t n)
{
    cvr_mat X = r->task->X;
    int64_t N = X.rows, D = n + 1, batch = N < 1 ? 1 : N < BATCH ? N : BATCH;
    struct {
        cvr_mat *A;
        int64_t rows, cols;
    } all[] = {{&r->P, N, n},      {&r->w, N, 1},    {&r->p, N, 1},
               {&r->k, N, 1},      {&r->z, N, 1},    {&r->H, D, D},
               {&r->Change, D, D}, {&r->Near, D, D}, {&r->u, n, 1},
               {&r->trial, n, 1},  {&r->zero, n, 1}, {&r->Batch, batch, D}};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CVR_TRY(cvr_mat_new(X.on, X.type, all[i].rows, all[i].cols, all[i].A));
    CVR_TRY(cvr_mat_new(X.on, CVR_DOUBLE, n * (n + 3), 1, &r->Work));
    CVR_TRY(cvr_alloc(n, sizeof *r->support, "a support", (void **)&r->support));
done:
    return status;
}

static void release(refit *r)
{
    cvr_mat *all[] = {&r->P,    &r->w,      &r->p,    &r->k, &r->z,
                      &r->H,    &r->Change, &r->Near, &r->u, &r->trial,
                      &r->zero, &r->Batch,  &r->Work};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cvr_mat_free(all[i]);
    cvr_release(r->support);
}

static bool equal(cvr_mat A, cvr_mat B, int64_t c)
{
    return B.on && cvr_distance2(cvr_mat_cols(A, c, 1), cvr_mat_cols(B, c, 1)) == 0;
}

cvr_status cvr_prune_refit(const cvr_prune_task *task, cvr_mat U, cvr_mat Fitted,
                           cvr_mat Worth)
{
    bool real = task->X.type == CVR_DOUBLE;
    refit r = {.task = task,
               .slack = real ? 1e-12 : 1e-6,
               .eps = real ? 1e-11 : 1e-6,
               .small = real ? 1e-10 : 1e-6};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_agree(task->comm, take_memory(&r, largest_support(U))));
    for (int64_t c = 0; c < U.cols; c++) {
        cvr_mat worth = Worth.on ? cvr_mat_cols(Worth, c, 1) : Worth;
        if (equal(U, Fitted, c))
            continue;
        CVR_TRY(
            refit_output(&r, cvr_mat_cols(U, c, 1), cvr_mat_cols(task->Y, c, 1), worth));
    }
done:
    release(&r);
    return status;
}
