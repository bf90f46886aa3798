/* Zero weights beside an intercept. With m = max(mean y, 0), a = y - m and any centres c

       lambda >= max_j 2 max( sum_p (a_p (x_pj - c_j))_+ , sum_p (a_p (x_pj - c_j))_- )

   proves that u = 0, b = m is a global minimum. An intercept takes up the centres. With
   t = (b)_+ and h_p = (x_p'u + b)_+ = t + e_p the data's part is

       sum (t + e_p - y_p)^2 >= sum a_p^2 + N (t - m + mean e)^2 - 2 sum a_p e_p

   for t >= 0 (for mean y < 0 a term 2 t N |mean y| >= 0 is left out), and e_p lies
   between 0 and x_p'u, so sum a_p e_p <= sum (a_p x_p'u)_+ <= sum_j |u_j| max(...). */
#include <math.h>

#include "ccp/terms.h"

typedef struct work {
    cvr_mat X, Y;            /* a strip of rows */
    cvr_mat A, B;            /* features x C: X'a, |X|'|a| */
    cvr_mat centres, levels; /* features x 1, C x 1 */
} work;

static cvr_status take_memory(cvr_mat X, cvr_mat Y, int64_t strip, work *w)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.on, X.type, strip, X.cols, &w->X));
    CVR_TRY(cvr_mat_new(X.on, X.type, strip, Y.cols, &w->Y));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, Y.cols, &w->A));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, Y.cols, &w->B));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, 1, &w->centres));
    CVR_TRY(cvr_mat_new(X.on, X.type, Y.cols, 1, &w->levels));
done:
    return status;
}

/* Minus the means of the columns of X, and minus m. */
static cvr_status find_centres(cvr_mat X, cvr_mat Y, cvr_comm *comm, work *w)
{
    double rows = (double)X.rows;
    cvr_status status = CVR_OK;
    cvr_col_sums(w->centres, X);
    cvr_col_sums(w->levels, Y);
    CVR_TRY(cvr_sum(comm, w->centres));
    CVR_TRY(cvr_sum(comm, w->levels));
    CVR_TRY(cvr_sum_scalars(comm, &rows, 1));
    cvr_relu(w->levels);
    cvr_scale(w->centres, -1 / rows);
    cvr_scale(w->levels, -1 / rows);
done:
    return status;
}

/* Adds to A and B, and |a|^2 to lower. */
static void add_strip(work *w, cvr_mat X, cvr_mat Y, double *lower)
{
    cvr_mat x = cvr_mat_part(w->X, 0, 0, X.rows, X.cols);
    cvr_mat a = cvr_mat_part(w->Y, 0, 0, Y.rows, Y.cols);
    cvr_copy(x, X);
    cvr_add_row(x, w->centres);
    cvr_copy(a, Y);
    cvr_add_row(a, w->levels);
    *lower += cvr_dot(a, a);
    cvr_gemm(w->A, 1, CVR_T, x, CVR_N, a, 1);
    cvr_abs(x);
    cvr_abs(a);
    cvr_gemm(w->B, 1, CVR_T, x, CVR_N, a, 1);
}

cvr_status cvr_terms_zero_beside_intercept(cvr_mat X, cvr_mat Y, cvr_comm *comm,
                                           double *lambda0, double *lower)
{
    enum { STRIP = 1024 };
    int64_t strip = X.rows < STRIP ? X.rows : STRIP;
    work w = {0};
    cvr_mat *all[] = {&w.X, &w.Y, &w.A, &w.B, &w.centres, &w.levels};
    cvr_status status = CVR_OK;
    *lower = 0;
    CVR_TRY(cvr_agree(comm, take_memory(X, Y, strip, &w)));
    CVR_TRY(find_centres(X, Y, comm, &w));
    for (int64_t i = 0; i < X.rows; i += strip) {
        int64_t rows = X.rows - i < strip ? X.rows - i : strip;
        add_strip(&w, cvr_mat_part(X, i, 0, rows, X.cols),
                  cvr_mat_part(Y, i, 0, rows, Y.cols), lower);
    }
    CVR_TRY(cvr_sum(comm, w.A));
    CVR_TRY(cvr_sum(comm, w.B));
    CVR_TRY(cvr_sum_scalars(comm, lower, 1));
    cvr_abs(w.A);
    cvr_axpby(w.B, 1, w.A, 1);
    *lambda0 = cvr_max_abs(w.B);
done:
    for (int i = 0; i < 6; i++)
        cvr_mat_free(all[i]);
    return status;
}
