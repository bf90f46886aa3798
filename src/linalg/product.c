/* An entry of C is off by at most gamma |a_i| |b_j|, gamma = growth(inner) unit, so
   |C r - A (B r)| is about gamma |A|_F |B|_F at most: ten times that is the limit
   (Higham, Accuracy and Stability, 3.5; docs/mathematics.md, "Products that are
   verified"). */
#include "linalg/product.h"

#include <float.h>
#include <math.h>

#include "base/random.h"
#include "linalg/mats.h"
#include "linalg/type.h"

double cvr_rounding_growth(double terms)
{
    return terms < 256 ? terms : 16 * sqrt(terms);
}

double cvr_rounding_unit(cvr_type type)
{
    return cvr_epsilon(type) / 2;
}

void cvr_draw_signs(cvr_mat v, uint64_t seed, int64_t first, int64_t stream)
{
    for (int64_t i = 0; i < v.rows; i++) {
        double x = cvr_random_uniform(seed, CVR_FOR_CHECKS, first + i, stream);
        cvr_set(v, i, 0, x < 0.5 ? -1 : 1);
    }
}

cvr_mat cvr_in_double(cvr_mat work, cvr_mat a)
{
    cvr_mat copy = cvr_mat_part(work, 0, 0, a.rows, 1);
    if (a.type == CVR_DOUBLE)
        return a;
    cvr_copy(copy, a);
    return copy;
}

void cvr_plain_product(cvr_mat y, cvr_trans t, cvr_mat A, cvr_mat x, cvr_mat work)
{
    if (t == CVR_T) {
        cvr_plain_dots(y, A, x, false);
        return;
    }
    cvr_fill(y, 0);
    for (int64_t j = 0; j < A.cols; j++)
        cvr_axpby(y, cvr_get(x, j, 0), cvr_in_double(work, cvr_mat_cols(A, j, 1)), 1);
}

double cvr_norm_bound(cvr_mat A)
{
    double size = sqrt(cvr_dot(A, A));
    if (size > 1e-140 && size < 1e140)
        return size;
    return cvr_max_abs(A) * sqrt((double)A.rows * (double)A.cols);
}

void cvr_hint_blas(void)
{
    cvr_hint("%s tests BLAS; OPENBLAS_CORETYPE and OPENBLAS_NUM_THREADS=1 make it take "
             "other ways",
             "cvxrelu info --check");
}

/* The limit is at least what underflow may lose. */
cvr_status cvr_product_judge(const char *what, double gap, double terms, cvr_type type,
                             double size)
{
    double unit = cvr_rounding_growth(terms + 8) * cvr_rounding_unit(type);
    double least = type == CVR_DOUBLE ? DBL_MIN : (double)FLT_MIN;
    double limit = 10 * unit * size + terms * least;
    if (!(size < (type == CVR_DOUBLE ? 1e150 : (double)FLT_MAX / 4)) || gap <= limit)
        return CVR_OK;
    cvr_fail(
        CVR_NUMERICAL,
        "the product %s is wrong: off by %.3g from plain loops, where rounding allows "
        "%.3g: BLAS is not right",
        what, gap, limit);
    cvr_hint_blas();
    return CVR_NUMERICAL;
}

/* Columns of one block of memory. */
typedef struct columns {
    cvr_mat all, r, Br, ABr, Cr, work;
} columns;

static cvr_status take(cvr_mat C, int64_t inner, columns *c)
{
    int64_t high = C.rows > inner ? C.rows : inner;
    cvr_status status = CVR_OK;
    high = high > C.cols ? high : C.cols;
    CVR_TRY(cvr_mat_new(C.device, CVR_DOUBLE, high, 5, &c->all));
    c->r = cvr_mat_part(c->all, 0, 0, C.cols, 1);
    c->Br = cvr_mat_part(c->all, 0, 1, inner, 1);
    c->ABr = cvr_mat_part(c->all, 0, 2, C.rows, 1);
    c->Cr = cvr_mat_part(c->all, 0, 3, C.rows, 1);
    c->work = cvr_mat_part(c->all, 0, 4, high, 1);
done:
    return status;
}

cvr_status cvr_product_verified(const char *what, cvr_mat C, cvr_trans ta, cvr_mat A,
                                cvr_trans tb, cvr_mat B, bool whole)
{
    int64_t inner = ta == CVR_N ? A.cols : A.rows;
    columns c = {0};
    double gap, size;
    cvr_status status = CVR_OK;
    CVR_TRY(take(C, inner, &c));
    cvr_gemm(C, 1, ta, A, tb, B, 0);
    cvr_draw_signs(c.r, 0, 0, 2);
    cvr_plain_product(c.Br, tb, B, c.r, c.work);
    cvr_plain_product(c.ABr, ta, A, c.Br, c.work);
    cvr_plain_product(c.Cr, CVR_N, C, c.r, c.work);
    gap = sqrt(cvr_distance2(c.Cr, c.ABr));
    size = whole ? 0 : cvr_norm_bound(A) * cvr_norm_bound(B);
    if (whole && gap < 0.5)
        gap = 0;
    CVR_TRY(cvr_product_judge(what, isnan(gap) ? INFINITY : gap, (double)(inner + C.cols),
                              C.type, size));
done:
    cvr_mat_free(&c.all);
    return status;
}
