/* The limit of a check (Higham, Accuracy and Stability, 3.1 and 3.5): an entry of X V is
   off by at most gamma (|X| |V|)_ij, gamma = g(d) eps. The signs do not depend on that
   error, so its signed sum over a column exceeds 10 times its 2-norm with probability
   below 1e-21 (Hoeffding), and the 2-norm is at most
       gamma sum_k |X_k| |v_kj|  (forward),      gamma |X|_F |t_j|  (backward).
   g(k) = k for short sums; rounding errors of long ones partly cancel: 16 sqrt(k). What
   the plain sums lose themselves is counted alike. */
#include "convex/verify.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "convex/ops.h"
#include "linalg/mats.h"
#include "linalg/product.h"
#include "parallel/comm.h"

/* ---- sums -------------------------------------------------------------------------- */

static double largest(cvr_type type)
{
    return type == CVR_DOUBLE ? DBL_MAX : (double)FLT_MAX;
}

/* The smallest number above 0: what an underflow loses at most. */
static double least(cvr_type type)
{
    return type == CVR_DOUBLE ? DBL_TRUE_MIN : (double)FLT_TRUE_MIN;
}

/* Of a column. */
enum { SIDE_MADE, SIDE_PLAIN, BOUND, SUMS };

/* ---- making ------------------------------------------------------------------------ */

void cvr_verifier_lay_out(cvr_verifier *v, int64_t n, int64_t d, cvr_figures *figures,
                          cvr_workspace *w)
{
    v->figures = figures;
    CVR_LAY_DOUBLE(w, n, 1, &v->s, &v->Xq, &v->tall);
    CVR_LAY_DOUBLE(w, d, 1, &v->q, &v->sX, &v->sizes);
}

/* s'X, X q and |X_k|^2 / unit^2 of the own rows. */
static void read_columns(cvr_verifier *v, cvr_mat X, double in_units)
{
    for (int64_t k = 0; k < X.cols; k++) {
        cvr_mat x = cvr_mat_cols(X, k, 1), copy = cvr_in_double(v->tall, x);
        double size = cvr_norm_bound(copy) / in_units;
        cvr_axpby(v->Xq, cvr_get(v->q, k, 0), copy, 1);
        cvr_set(v->sX, k, 0, cvr_dot(copy, v->s));
        cvr_set(v->sizes, k, 0, size * size);
    }
}

/* Sizes are squared and summed in units of the largest entry. A column that vanishes
   beside it counts as a millionth of nothing, not as none. */
static cvr_status sum_columns(cvr_verifier *v, cvr_mat X)
{
    double most = cvr_max_abs(X), total = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_max(v->comm, &most, 1));
    most = fmax(most, DBL_MIN);
    cvr_fill(v->Xq, 0);
    read_columns(v, X, most);
    CVR_TRY(cvr_allreduce(v->comm, v->sX));
    CVR_TRY(cvr_allreduce(v->comm, v->sizes));
    for (int64_t k = 0; k < X.cols; k++) {
        double size2 = fmax(cvr_get(v->sizes, k, 0), 1e-280);
        total += size2;
        cvr_set(v->sizes, k, 0, most * sqrt(size2));
    }
    v->size = most * sqrt(total);
done:
    return status;
}

cvr_status cvr_verifier_start(const cvr_problem *p, cvr_mat X, cvr_verifier *v)
{
    double n = (double)p->rows, d = (double)X.cols,
           plain = cvr_rounding_growth(n + d + 8);
    cvr_status status = CVR_OK;
    v->comm = p->comm;
    v->rows = p->rows;
    v->forward = cvr_rounding_growth(d + 4) * cvr_rounding_unit(X.type) +
                 plain * cvr_rounding_unit(CVR_DOUBLE);
    v->backward = cvr_rounding_growth(n + 4) * cvr_rounding_unit(X.type) +
                  plain * cvr_rounding_unit(CVR_DOUBLE);
    cvr_draw_signs(v->s, p->seed, p->first, 0);
    cvr_draw_signs(v->q, p->seed, 0, 1);
    CVR_TRY(sum_columns(v, X));
done:
    return status;
}

/* ---- checking ---------------------------------------------------------------------- */

/* Places for three sums of each column, 0 so far: sum k of column j is number
   j + k count. */
static cvr_check place(const cvr_verifier *v, const char *name, const char *what,
                       cvr_mat made, cvr_mat sum[SUMS])
{
    int64_t count = made.cols;
    cvr_check c = {.name = name, .what = what, .type = made.type, .count = count};
    for (int k = 0; k < SUMS; k++) {
        double *x = cvr_figures_place(v->figures, count, &sum[k]);
        c.sums = k == 0 ? x : c.sums;
        cvr_fill(sum[k], 0);
    }
    return c;
}

/* s'z_j, (s'X) v_j on process 0 alone, sum_k |X_k| |v_kj| likewise. */
cvr_check cvr_check_forward(const cvr_verifier *v, const char *what, cvr_mat Z, cvr_mat V)
{
    cvr_mat sum[SUMS];
    cvr_check c = place(v, "X V", what, Z, sum);
    c.rounding = v->forward;
    c.terms = sqrt((double)v->rows) * (double)V.rows;
    c.unit = 1;
    cvr_plain_dots(sum[SIDE_MADE], Z, v->s, false);
    if (cvr_comm_rank(v->comm) == 0) {
        cvr_plain_dots(sum[SIDE_PLAIN], V, v->sX, false);
        cvr_plain_dots(sum[BOUND], V, v->sizes, true);
    }
    return c;
}

/* q'b_j on process 0 alone, (X q)'t_j, |X|_F |t_j|: own norms add up to no less. */
cvr_check cvr_check_adjoint(const cvr_verifier *v, const char *what, cvr_mat B, cvr_mat T)
{
    cvr_mat sum[SUMS];
    cvr_check c = place(v, "X'T", what, B, sum);
    c.rounding = v->backward;
    c.terms = sqrt((double)B.rows) * (double)v->rows;
    c.unit = v->size;
    if (cvr_comm_rank(v->comm) == 0)
        cvr_plain_dots(sum[SIDE_MADE], B, v->q, false);
    cvr_plain_dots(sum[SIDE_PLAIN], T, v->Xq, false);
    cvr_put_group_norms(sum[BOUND], T, T.cols);
    return c;
}

/* How many times the limit a column is off; 0 where nothing can be said. */
static double excess(const cvr_check *c, const double sums[SUMS])
{
    double off = fabs(sums[SIDE_MADE] - sums[SIDE_PLAIN]);
    double limit = 10 * (c->rounding * sums[BOUND] + c->terms * least(c->type));
    if (!(sums[BOUND] < fmin(1e300, largest(c->type) / 4)) || !isfinite(sums[SIDE_PLAIN]))
        return 0;
    return isfinite(off) ? off / limit : INFINITY;
}

/* The sentence depends on shared sums only: it is the same on all processes. */
static cvr_status wrong(const cvr_check *c, int64_t j, const double sums[SUMS],
                        double times)
{
    cvr_status status = cvr_fail(
        CVR_NUMERICAL,
        "the product %s of %s is wrong: column %lld sums up to %.6g, and to %.6g in "
        "plain loops, %.2g times what rounding allows: BLAS is not right",
        c->name, c->what, (long long)j + 1, sums[SIDE_MADE], sums[SIDE_PLAIN], times);
    cvr_hint_blas();
    return status;
}

cvr_status cvr_check_judge(const cvr_verifier *v, const cvr_check *c)
{
    double worst = 0, most[SUMS] = {0};
    int64_t at = 0, count = c->count;
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < count; j++)
        c->sums[BOUND * count + j] *= c->unit;
    CVR_TRY(cvr_allreduce_sum(v->comm, c->sums, (int)(SUMS * count)));
    for (int64_t j = 0; j < count; j++) {
        double own[SUMS] = {c->sums[j], c->sums[count + j], c->sums[2 * count + j]};
        double times = excess(c, own);
        if (!(times > worst))
            continue;
        worst = times;
        at = j;
        memcpy(most, own, sizeof most);
    }
    if (worst > 1)
        status = wrong(c, at, most, worst);
done:
    return status;
}

cvr_status cvr_verify_forward(const cvr_verifier *v, const char *what, cvr_mat Z,
                              cvr_mat V)
{
    int64_t before = v->figures->taken;
    cvr_check c = cvr_check_forward(v, what, Z, V);
    cvr_figures_read(v->figures, before);
    return cvr_check_judge(v, &c);
}

cvr_status cvr_verify_adjoint(const cvr_verifier *v, const char *what, cvr_mat B,
                              cvr_mat T)
{
    int64_t before = v->figures->taken;
    cvr_check c = cvr_check_adjoint(v, what, B, T);
    cvr_figures_read(v->figures, before);
    return cvr_check_judge(v, &c);
}
