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

/* Of columns, so many at a time. */
enum { SIDE_MADE, SIDE_PLAIN, BOUND, SUMS };
enum { BLOCK = 256 };

/* ---- making ------------------------------------------------------------------------ */

void cvr_verifier_lay_out(cvr_verifier *v, int64_t n, int64_t d, cvr_workspace *w)
{
    CVR_LAY_DOUBLE(w, n, 1, &v->s, &v->Xq, &v->tall);
    CVR_LAY_DOUBLE(w, d, 1, &v->q, &v->sX, &v->sizes);
    CVR_LAY_DOUBLE(w, BLOCK, SUMS, &v->sums);
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

/* A product on its way through the check: made = op(X) operand. */
typedef struct product {
    const char *name, *what;
    cvr_mat made, operand;
    /* The three sums of columns j .., of the own rows where rows are shared: sum k of
       column j + i at sums[i + k count]. */
    void (*sum)(const cvr_verifier *v, const struct product *p, int64_t j, int count,
                double *sums);
    double rounding, terms;
} product;

/* Sum k of count columns, on the device. */
static cvr_mat place(const cvr_verifier *v, int k, int count)
{
    return cvr_mat_part(v->sums, 0, k, count, 1);
}

/* s'z_j, (s'X) v_j on process 0 alone, sum_k |X_k| |v_kj| likewise. */
static void sum_forward(const cvr_verifier *v, const product *p, int64_t j, int count,
                        double *sums)
{
    cvr_mat V = cvr_mat_cols(p->operand, j, count);
    cvr_fill(v->sums, 0);
    cvr_plain_dots(place(v, SIDE_MADE, count), cvr_mat_cols(p->made, j, count), v->s,
                   false);
    if (cvr_comm_rank(v->comm) == 0) {
        cvr_plain_dots(place(v, SIDE_PLAIN, count), V, v->sX, false);
        cvr_plain_dots(place(v, BOUND, count), V, v->sizes, true);
    }
    cvr_mat_numbers(cvr_mat_rows(v->sums, 0, count), sums);
}

/* q'b_j on process 0 alone, (X q)'t_j, |X|_F |t_j|: own norms add up to no less. */
static void sum_backward(const cvr_verifier *v, const product *p, int64_t j, int count,
                         double *sums)
{
    cvr_mat T = cvr_mat_cols(p->operand, j, count);
    cvr_fill(v->sums, 0);
    if (cvr_comm_rank(v->comm) == 0)
        cvr_plain_dots(place(v, SIDE_MADE, count), cvr_mat_cols(p->made, j, count), v->q,
                       false);
    cvr_plain_dots(place(v, SIDE_PLAIN, count), T, v->Xq, false);
    cvr_mat_numbers(cvr_mat_rows(v->sums, 0, count), sums);
    (void)cvr_group_norms(T, count, 0, count, sums + BOUND * count);
    for (int i = 0; i < count; i++)
        sums[BOUND * count + i] *= v->size;
}

/* How many times the limit column j is off; 0 where nothing can be said. */
static double excess(const product *p, const double *sums)
{
    cvr_type type = p->made.type;
    double off = fabs(sums[SIDE_MADE] - sums[SIDE_PLAIN]);
    double limit = 10 * (p->rounding * sums[BOUND] + p->terms * least(type));
    if (!(sums[BOUND] < fmin(1e300, largest(type) / 4)) || !isfinite(sums[SIDE_PLAIN]))
        return 0;
    return isfinite(off) ? off / limit : INFINITY;
}

/* The sentence depends on shared sums only: it is the same on all processes. */
static cvr_status wrong(const product *p, int64_t j, const double *sums, double times)
{
    cvr_status status = cvr_fail(
        CVR_NUMERICAL,
        "the product %s of %s is wrong: column %lld sums up to %.6g, and to %.6g in "
        "plain loops, %.2g times what rounding allows: BLAS is not right",
        p->name, p->what, (long long)j + 1, sums[SIDE_MADE], sums[SIDE_PLAIN], times);
    cvr_hint_blas();
    return status;
}

/* Columns first .. first + count - 1 */
static cvr_status check_block(const cvr_verifier *v, const product *p, int64_t first,
                              int count, double *sums)
{
    double worst = 0, most[SUMS] = {0};
    int at = 0;
    cvr_status status = CVR_OK;
    p->sum(v, p, first, count, sums);
    CVR_TRY(cvr_allreduce_sum(v->comm, sums, SUMS * count));
    for (int j = 0; j < count; j++) {
        double own[SUMS] = {sums[j], sums[count + j], sums[2 * count + j]};
        double times = excess(p, own);
        if (!(times > worst))
            continue;
        worst = times;
        at = j;
        memcpy(most, own, sizeof most);
    }
    if (worst > 1)
        status = wrong(p, first + at, most, worst);
done:
    return status;
}

static cvr_status check(const cvr_verifier *v, const product *p)
{
    double sums[SUMS * BLOCK];
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < p->made.cols; j += BLOCK) {
        int64_t left = p->made.cols - j;
        CVR_TRY(check_block(v, p, j, (int)(left < BLOCK ? left : BLOCK), sums));
    }
done:
    return status;
}

cvr_status cvr_verify_forward(const cvr_verifier *v, const char *what, cvr_mat Z,
                              cvr_mat V)
{
    double terms = sqrt((double)v->rows) * (double)V.rows;
    product p = {"X V", what, Z, V, sum_forward, v->forward, terms};
    return check(v, &p);
}

cvr_status cvr_verify_adjoint(const cvr_verifier *v, const char *what, cvr_mat B,
                              cvr_mat T)
{
    double terms = sqrt((double)B.rows) * (double)v->rows;
    product p = {"X'T", what, B, T, sum_backward, v->backward, terms};
    return check(v, &p);
}
