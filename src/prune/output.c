/* One output of a layer on its support: u has the few weights that are not 0, and the
   bias, P the columns of X that go with them. With A the active rows (w = Pu > 0, or
   y > 0 and w = 0; all of them without a relu) a Newton step goes to

       argmin_v  sum_A (p'v - y)^2 + lambda |v|_1 + eps sum_j H_jj (v_j - u_j)^2,

   H = sum_A p p', where the proximal term, eps being the size of rounding, is for columns
   that are alike (a column of zeroes keeps its weight). H changes only by rows that
   become active or stop being so. */
#include "prune/output.h"

#include <math.h>

#include "base/fail.h"
#include "ccp/ops.h"
#include "ccp/quadratic.h"
#include "linalg/ops.h"

static const double least_saliency = 1e-30;

int64_t cvr_output_size(cvr_mat column)
{
    return cvr_count_nonzero(cvr_mat_part(column, 0, 0, column.rows - 1, 1)) + 1;
}

void cvr_output_begin(cvr_output *o, cvr_mat X)
{
    int64_t last = o->column.rows - 1, size = 0;
    for (int64_t j = 0; j <= last; j++) {
        double u = cvr_get(o->column, j, 0);
        if (u == 0 && j < last)
            continue;
        cvr_copy(cvr_mat_cols(o->P, size, 1), cvr_mat_cols(X, j, 1));
        cvr_set(o->u, size, 0, u);
        o->support[size++] = j;
    }
    cvr_fill(o->active, 0);
    cvr_fill(o->OwnH, 0);
    cvr_gemm(o->w, 1, CVR_N, o->P, CVR_N, o->u, 0);
}

void cvr_output_update(cvr_output_work *k, cvr_output *o)
{
    cvr_mat Batch = cvr_mat_cols(k->Batch, 0, o->size + 1);
    if (!k->relu)
        cvr_fill(k->z, 1);
    cvr_update_active_set(o->OwnH, o->active, o->P, o->y, k->relu ? o->w : k->z, Batch,
                          k->slack);
}

/* ---- the step ---------------------------------------------------------------------- */

/* H plus the proximal term of weight eps, around u. */
static void add_proximal_term(cvr_mat H, const cvr_output *o, double eps)
{
    int64_t n = o->size;
    for (int64_t j = 0; j < n; j++) {
        double h = cvr_get(H, j, j), weight = h > 0 ? eps * h : 1;
        cvr_set(H, j, j, h + weight);
        cvr_set(H, n, j, cvr_get(H, n, j) + weight * cvr_get(o->u, j, 0));
    }
}

/* step = argmin [v; -1]' H [v; -1]; where H is not definite, by rounding, eps grows. */
static void solve(const cvr_output_work *k, cvr_output *o)
{
    int64_t n = o->size;
    cvr_mat K = cvr_mat_part(k->K, 0, 0, n + 1, n + 1);
    cvr_mat L = cvr_mat_part(K, 0, 0, n, n), v = cvr_mat_part(k->v, 0, 0, n, 1);
    cvr_copy(o->step, o->u);
    for (double eps = k->eps; eps < 1; eps *= 10) {
        cvr_copy(K, o->H);
        add_proximal_term(K, o, eps);
        if (cvr_potrf(L) != CVR_OK)
            continue;
        cvr_transpose(v, cvr_mat_part(K, n, 0, 1, n));
        cvr_potrs(L, v);
        cvr_copy(o->step, v);
        return;
    }
}

/* step = argmin [v; -1]' H [v; -1] + lambda |v|_1; H is overwritten. */
static void solve_lasso(const cvr_output_work *k, cvr_output *o)
{
    int64_t n = o->size;
    cvr_mat t = cvr_mat_part(k->t, 0, 0, n, 1);
    cvr_mat work = cvr_mat_part(k->Lasso, 0, 0, n * (n + 3), 1);
    cvr_fill(t, k->lambda);
    cvr_set(t, n - 1, 0, 0);
    add_proximal_term(o->H, o, k->eps);
    cvr_copy(o->step, o->u);
    cvr_lasso(o->step, o->H, t, cvr_mat_reshape(work, n, n + 3));
}

void cvr_output_direction(cvr_output_work *k, cvr_output *o)
{
    if (k->lambda > 0)
        solve_lasso(k, o);
    else
        solve(k, o);
    cvr_axpby(o->step, -1, o->u, 1);
    cvr_gemm(o->p, 1, CVR_N, o->P, CVR_N, o->step, 0);
    o->before = o->F;
    o->searching = true;
}

double cvr_output_value(cvr_output_work *k, const cvr_output *o, double t)
{
    if (k->relu)
        return cvr_relu_distance2(o->w, o->p, t, o->y);
    cvr_copy(k->z, o->w);
    cvr_axpby(k->z, t, o->p, 1);
    return cvr_distance2(k->z, o->y);
}

double cvr_output_penalty(const cvr_output_work *k, const cvr_output *o, double t)
{
    double sum = 0;
    if (k->lambda == 0)
        return 0;
    for (int64_t j = 0; j + 1 < o->size; j++)
        sum += fabs(cvr_get(o->u, j, 0) + t * cvr_get(o->step, j, 0));
    return k->lambda * sum;
}

void cvr_output_move(cvr_output *o, double t, double F)
{
    o->F = F;
    cvr_axpby(o->u, t, o->step, 1);
    cvr_axpby(o->w, t, o->p, 1);
    o->searching = false;
}

/* ---- the end ----------------------------------------------------------------------- */

/* L L' = H with a little more on its diagonal; false: H is singular. */
static bool factor(const cvr_output_work *k, const cvr_output *o, cvr_mat L)
{
    cvr_copy(L, cvr_mat_part(o->H, 0, 0, o->size, o->size));
    for (int64_t j = 0; j < o->size; j++) {
        double h = cvr_get(L, j, j);
        cvr_set(L, j, j, h > 0 ? h * (1 + 10 * k->eps) : 1);
    }
    return cvr_potrf(L) == CVR_OK;
}

/* u_j^2 / (H^{-1})_jj = (u_j / |L^{-1} e_j|)^2 with L L' = H; never 0, but next to it
   where H is singular. */
static void find_saliency(cvr_output_work *k, cvr_output *o)
{
    int64_t n = o->size;
    cvr_mat L = cvr_mat_part(k->K, 0, 0, n, n), norms = cvr_mat_part(k->v, 0, 0, n, 1);
    cvr_mat I = cvr_mat_reshape(cvr_mat_part(k->Lasso, 0, 0, n * n, 1), n, n);
    bool definite = factor(k, o, L);
    cvr_fill(I, 0);
    cvr_add_diag(I, 1);
    if (definite)
        cvr_trsm(L, CVR_N, I);
    cvr_col_norms(norms, I);
    cvr_fill(o->saliency, 0);
    for (int64_t j = 0; j + 1 < n; j++) {
        bool used = definite && cvr_get(o->H, j, j) > 0;
        double v = used ? cvr_get(o->u, j, 0) / cvr_get(norms, j, 0) : 0;
        cvr_set(o->saliency, o->support[j], 0, fmax(v * v, least_saliency));
    }
}

void cvr_output_end(cvr_output_work *k, cvr_output *o)
{
    for (int64_t j = 0; j < o->size; j++)
        cvr_set(o->column, o->support[j], 0, cvr_get(o->u, j, 0));
    if (o->saliency.device)
        find_saliency(k, o);
}
