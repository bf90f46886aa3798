/* The lambda from which on nothing beats zero weights. With an intercept, m = max(mean y,
   0), a = y - m and any centres c

       lambda >= max_j 2 max( sum_p (a_p (x_pj - c_j))_+ , sum_p (a_p (x_pj - c_j))_- )

   proves that u = 0, b = m is a global minimum. An intercept takes up the centres. With
   t = (b)_+ and h_p = (x_p'u + b)_+ = t + e_p the data's part is

       sum (t + e_p - y_p)^2 >= sum a_p^2 + N (t - m + mean e)^2 - 2 sum a_p e_p

   for t >= 0 (for mean y < 0 a term 2 t N |mean y| >= 0 is left out), and e_p lies
   between 0 and x_p'u, so

       sum a_p e_p <= sum (a_p x_p'u)_+ <= sum_j |u_j| max(...).

   With an offset, max(0, x_p'u + b) + b', m = mean y whatever its sign: b' takes up t,
   and the best of it leaves sum a_p^2 + N var(e) - 2 sum a_p e_p. Without an intercept
   the same holds with a = (y)_+ and c = 0, since (w_+ - y)^2 >= y^2 - 2 y w_+ for y > 0.

   Weighted rows: sqrt(omega) times row, target and constant make them rows of weight 1,
   since (c z)_+ = c (z)_+ for c > 0; means are weighted ones.

   Since (z)_+ = (|z| + z) / 2 and (z)_- = (|z| - z) / 2, twice the larger sum is
   |X|'|a| + |X'a|. */
#include "ccp/lambda_max.h"

#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "solver/workspace.h"

typedef struct work {
    cvr_mat X, a;       /* a strip of rows, centred; a of these rows */
    cvr_mat A, size, B; /* features x C: X'a, |X'a|, |X|'|a| + |X'a| */
    /* With an intercept: minus c (features x 1), minus m (C x 1). */
    cvr_mat centres, levels;
    double lower; /* sum a^2 over own rows */
    cvr_workspace workspace;
} work;

static cvr_status allocate(cvr_mat X, cvr_mat Y, bool intercept, cvr_comm *comm, work *w)
{
    enum { STRIP = 1024 };
    int64_t strip = X.rows < STRIP ? X.rows : STRIP;
    cvr_workspace *list = &w->workspace;
    cvr_workspace_init(list, X.device, X.type, "lambda_max");
    CVR_LAY_SCRATCH(list, strip, X.cols, &w->X);
    CVR_LAY_SCRATCH(list, strip, Y.cols, &w->a);
    CVR_LAY_SCRATCH(list, X.cols, Y.cols, &w->A, &w->size, &w->B);
    if (intercept) {
        CVR_LAY_SCRATCH(list, X.cols, 1, &w->centres);
        CVR_LAY_SCRATCH(list, Y.cols, 1, &w->levels);
    }
    return cvr_workspace_take(list, comm);
}

/* Minus the means of the columns of X, and minus m. */
static cvr_status find_centres(const cvr_lambda_rows *q, bool offset, cvr_comm *comm,
                               work *w)
{
    double rows = (double)q->X.rows;
    cvr_status status = CVR_OK;
    if (q->root.device) {
        rows = cvr_dot(q->root, q->root);
        cvr_gemm(w->centres, 1, CVR_T, q->X, CVR_N, q->root, 0);
        cvr_gemm(w->levels, 1, CVR_T, q->Y, CVR_N, q->root, 0);
    } else {
        cvr_col_sums(w->centres, q->X);
        cvr_col_sums(w->levels, q->Y);
    }
    CVR_TRY(cvr_allreduce(comm, w->centres));
    CVR_TRY(cvr_allreduce(comm, w->levels));
    CVR_TRY(cvr_allreduce_sum(comm, &rows, 1));
    if (!offset)
        cvr_relu(w->levels);
    cvr_scale(w->centres, -1 / rows);
    cvr_scale(w->levels, -1 / rows);
done:
    return status;
}

/* Rows from `first` on. */
static void add_strip(work *w, const cvr_lambda_rows *q, int64_t first)
{
    cvr_mat X = cvr_mat_rows(q->X, first, w->X.rows);
    cvr_mat x = cvr_mat_rows(w->X, 0, X.rows), a = cvr_mat_rows(w->a, 0, X.rows);
    cvr_copy(x, X);
    cvr_copy(a, cvr_mat_rows(q->Y, first, X.rows));
    if (w->centres.device && q->root.device) {
        cvr_mat root = cvr_mat_rows(q->root, first, X.rows);
        cvr_gemm(x, 1, CVR_N, root, CVR_T, w->centres, 1);
        cvr_gemm(a, 1, CVR_N, root, CVR_T, w->levels, 1);
    } else if (w->centres.device) {
        cvr_add_row(x, w->centres);
        cvr_add_row(a, w->levels);
    } else {
        cvr_relu(a);
    }
    w->lower += cvr_dot(a, a);
    cvr_gemm(w->A, 1, CVR_T, x, CVR_N, a, 1);
    cvr_absolute(x);
    cvr_absolute(a);
    cvr_gemm(w->B, 1, CVR_T, x, CVR_N, a, 1);
}

/* A and B of all rows. */
static cvr_status find_sums(const cvr_lambda_rows *q, cvr_constants constants,
                            cvr_comm *comm, work *w)
{
    bool intercept = constants != CVR_NO_CONSTANT, offset = constants == CVR_WITH_OFFSET;
    cvr_status status = CVR_OK;
    CVR_TRY(allocate(q->X, q->Y, intercept, comm, w));
    if (intercept)
        CVR_TRY(find_centres(q, offset, comm, w));
    for (int64_t i = 0; i < q->X.rows && !cvr_interrupt_poll(comm); i += w->X.rows)
        add_strip(w, q, i);
    CVR_TRY(cvr_allreduce(comm, w->A));
    CVR_TRY(cvr_allreduce(comm, w->B));
    CVR_TRY(cvr_interrupt_check(comm));
    cvr_copy(w->size, w->A);
    cvr_absolute(w->size);
    cvr_axpby(w->B, 1, w->size, 1);
done:
    return status;
}

/* The unit vector of the largest entry of each column of B, with the sign of A there. */
static void find_axes(cvr_mat axes, cvr_mat A, cvr_mat B)
{
    cvr_fill(axes, 0);
    for (int64_t c = 0; c < B.cols; c++) {
        int64_t most = 0;
        for (int64_t j = 1; j < B.rows; j++)
            most = cvr_get(B, j, c) > cvr_get(B, most, c) ? j : most;
        if (B.rows > 0)
            cvr_set(axes, most, c, cvr_get(A, most, c) < 0 ? -1 : 1);
    }
}

cvr_status cvr_lambda_max(const cvr_lambda_rows *rows, cvr_constants constants,
                          cvr_comm *comm, cvr_mat axes, double *lambda_max, double *lower)
{
    work w = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(find_sums(rows, constants, comm, &w));
    CVR_TRY(cvr_allreduce_sum(comm, &w.lower, 1));
    *lambda_max = cvr_max_abs(w.B);
    *lower = w.lower;
    if (axes.device)
        find_axes(axes, w.A, w.B);
done:
    cvr_workspace_free(&w.workspace);
    return status;
}

/* ---- without a ReLU ---------------------------------------------------------------- */

/* B = X'Y; with an intercept, the column o of ones, less X'o (o'Y) / o'o. */
static cvr_status project(cvr_mat X, cvr_mat Y, bool intercept, cvr_comm *comm, cvr_mat B,
                          cvr_mat e)
{
    int64_t last = X.cols - 1;
    cvr_status status = CVR_OK;
    cvr_gemm(B, 1, CVR_T, X, CVR_N, Y, 0);
    CVR_TRY(cvr_allreduce(comm, B));
    if (!intercept)
        return CVR_OK;
    cvr_gemm(e, 1, CVR_T, X, CVR_N, cvr_mat_cols(X, last, 1), 0);
    CVR_TRY(cvr_allreduce(comm, e));
    double rows = cvr_get(e, last, 0);
    for (int64_t c = 0; c < B.cols; c++)
        cvr_axpby(cvr_mat_cols(B, c, 1), -cvr_get(B, last, c) / rows, e, 1);
done:
    return status;
}

cvr_status cvr_lambda_max_linear(cvr_mat X, cvr_mat Y, bool intercept, cvr_comm *comm,
                                 double *lambda_max)
{
    cvr_mat B, e;
    cvr_workspace w;
    cvr_status status = CVR_OK;
    cvr_workspace_init(&w, X.device, X.type, "lambda_max");
    CVR_LAY_SCRATCH(&w, X.cols, Y.cols, &B);
    CVR_LAY_SCRATCH(&w, X.cols, 1, &e);
    CVR_TRY(cvr_workspace_take(&w, comm));
    CVR_TRY(project(X, Y, intercept, comm, B, e));
    *lambda_max = 2 * cvr_max_abs(cvr_mat_rows(B, 0, X.cols - intercept));
done:
    cvr_workspace_free(&w);
    return status;
}
