/* Leave-one-out for every penalty from one eigendecomposition. */
#include "convex/press.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/mats.h"
#include "linalg/product.h"

static cvr_status take(cvr_mat K, int64_t C, cvr_press *p)
{
    int64_t n = K.rows;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(K, n, n, &p->Q2));
    CVR_TRY(CVR_MATS_NEW(K, n, 1, &p->l, &p->s, &p->q, &p->w, &p->o, &p->d));
    CVR_TRY(CVR_MATS_NEW(K, n, 1, &p->r, &p->rB));
    CVR_TRY(CVR_MATS_NEW(K, n, C, &p->QY, &p->A, &p->alpha, &p->E));
    CVR_TRY(CVR_MATS_NEW(K, C, 1, &p->b));
done:
    return status;
}

/* Eigenvalues a little below 0 are rounding; more says that K is no kernel. */
static cvr_status settle(cvr_mat l)
{
    int64_t n = l.rows;
    double least = cvr_get(l, 0, 0), most = cvr_get(l, n - 1, 0);
    if (least < -1e-8 * most)
        return cvr_fail(
            CVR_NUMERICAL,
            "the kernel is not positive semidefinite: eigenvalues from %.3g to %.3g",
            least, most);
    for (int64_t i = 0; i < n && cvr_get(l, i, 0) < 0; i++)
        cvr_set(l, i, 0, 0);
    return CVR_OK;
}

/* l_k times 1 - (q_k^2 / s's) of each eigenvector is what the intercept leaves. */
static double mean_eigenvalue(const cvr_press *p)
{
    cvr_copy(p->w, p->q);
    cvr_hadamard(p->w, p->q);
    double constants = cvr_dot(p->w, p->l) / cvr_dot(p->s, p->s), sum = 0;
    cvr_fill(p->w, 1);
    sum = cvr_dot(p->w, p->l);
    double left = sum - constants;
    return left > 1e-12 * sum ? left / (double)p->l.rows : 0; /* less is rounding */
}

/* What of B = S K S, which Q still holds, is verified later. */
static void remember(cvr_press *p)
{
    cvr_symmetrize(p->Q);
    cvr_draw_signs(p->r, 0, 0, 0);
    cvr_plain_product(p->rB, CVR_T, p->Q, p->r, p->w);
    p->size = cvr_norm_bound(p->Q);
}

cvr_status cvr_press_new(cvr_mat *K, cvr_mat Y, cvr_mat omega, cvr_press *p)
{
    cvr_status status = CVR_OK;
    *p = (cvr_press){0};
    CVR_TRY(take(*K, Y.cols, p));
    cvr_copy(p->s, omega);
    cvr_fill(p->w, 1);
    p->rows = cvr_dot(p->w, p->s);
    cvr_square_root(p->s);
    cvr_scale_rows(*K, p->s);
    cvr_scale_cols(*K, p->s);
    p->Q = *K;
    *K = (cvr_mat){0};
    remember(p);
    CVR_TRY(cvr_eigh(p->Q, p->l));
    CVR_TRY(settle(p->l));
    cvr_square(p->Q2, p->Q);
    cvr_copy(p->A, Y);
    cvr_scale_rows(p->A, p->s);
    cvr_gemm(p->QY, 1, CVR_T, p->Q, CVR_N, p->A, 0);
    cvr_gemm(p->q, 1, CVR_T, p->Q, CVR_N, p->s, 0);
    p->scale = mean_eigenvalue(p);
done:
    if (status != CVR_OK)
        cvr_press_free(p);
    return status;
}

void cvr_press_free(cvr_press *p)
{
    CVR_MATS_FREE(&p->Q, &p->Q2, &p->l, &p->s, &p->QY, &p->q, &p->w, &p->o, &p->d, &p->A,
                  &p->alpha, &p->b, &p->E, &p->r, &p->rB);
}

/* w = 1 / (l + mu), o = S Q (w o q); returns 1'o. */
static double invert(cvr_press *p, double mu)
{
    cvr_fill(p->w, mu);
    cvr_axpby(p->w, 1, p->l, 1);
    cvr_reciprocal(p->w, 0);
    cvr_copy(p->d, p->q);
    cvr_hadamard(p->d, p->w);
    cvr_gemm(p->o, 1, CVR_N, p->Q, CVR_N, p->d, 0);
    cvr_hadamard(p->o, p->s);
    return cvr_dot(p->d, p->q);
}

/* With ones = tau + 1'o: b = 1'A^-1 Y / ones, alpha = A^-1 Y - o b',
   with A^-1 = S Q diag(w) Q'S. */
static void weights(cvr_press *p, double ones)
{
    cvr_gemm(p->b, 1 / ones, CVR_T, p->QY, CVR_N, p->d, 0);
    cvr_copy(p->A, p->QY);
    cvr_scale_rows(p->A, p->w);
    cvr_gemm(p->alpha, 1, CVR_N, p->Q, CVR_N, p->A, 0);
    cvr_scale_rows(p->alpha, p->s);
    cvr_gemm(p->alpha, -1, CVR_N, p->o, CVR_T, p->b, 1);
}

/* e_i = alpha_i / ((A^-1)_ii - o_i^2 / ones). */
static void leave_out(cvr_press *p, double ones)
{
    cvr_gemm(p->d, 1, CVR_N, p->Q2, CVR_N, p->w, 0);
    cvr_hadamard(p->d, p->s);
    cvr_hadamard(p->d, p->s);
    cvr_hadamard(p->o, p->o);
    cvr_axpby(p->d, -1 / ones, p->o, 1);
    cvr_reciprocal(p->d, 0);
    cvr_copy(p->E, p->alpha);
    cvr_scale_rows(p->E, p->d);
}

double cvr_press_solve(cvr_press *p, double mu)
{
    double ones = p->tau + invert(p, mu);
    weights(p, ones);
    leave_out(p, ones);
    if (p->l.rows < 2 || !cvr_all_finite(p->E))
        return NAN;
    cvr_copy(p->A, p->E);
    cvr_scale_rows(p->A, p->s);
    return cvr_dot(p->A, p->A) / (p->rows * (double)p->E.cols);
}

/* Z = B S^-1 alpha and 1'alpha = 0, as the eigenvectors have given them: r'Z is (B
   r)'S^-1 alpha. rB and S^-1 are at hand in rB and d. */
static cvr_status verify(cvr_press *p, cvr_mat Z)
{
    double n = (double)Z.rows, gap, size;
    cvr_status status = CVR_OK;
    cvr_copy(p->o, p->rB);
    cvr_hadamard(p->o, p->d);
    for (int64_t c = 0; c < Z.cols; c++) {
        cvr_mat alpha = cvr_mat_cols(p->alpha, c, 1);
        cvr_copy(p->w, alpha);
        cvr_hadamard(p->w, p->d);
        size = cvr_norm_bound(p->w);
        gap = fabs(cvr_dot(p->r, cvr_mat_cols(Z, c, 1)) - cvr_dot(p->o, alpha));
        CVR_TRY(
            cvr_product_judge("K alpha of the bounds", gap, n, Z.type, p->size * size));
        if (p->tau > 0)
            continue;
        cvr_fill(p->w, 1);
        gap = fabs(cvr_dot(p->w, alpha));
        size = cvr_norm_bound(alpha) * sqrt(n) / cvr_rounding_unit(Z.type);
        CVR_TRY(
            cvr_product_judge("1'alpha of the lower bound", gap, 0, Z.type, 1e-8 * size));
    }
done:
    return status;
}

/* The intercept's part of the objective, tau |b|^2, and of the dual value, |1'alpha|^2 /
   tau; both without the factor mu / 2. */
static void intercept(cvr_press *p, double *objective, double *lower)
{
    *objective = *lower = 0;
    if (p->tau == 0 || isinf(p->tau))
        return;
    cvr_fill(p->w, 1);
    for (int64_t c = 0; c < p->alpha.cols; c++) {
        double sum = cvr_dot(p->w, cvr_mat_cols(p->alpha, c, 1));
        *lower += sum * sum / p->tau;
    }
    *objective = p->tau * cvr_dot(p->b, p->b);
}

/* loss = 1/2 sum omega |y - f|^2, quadratic = mu/2 alpha'K alpha. With t = Q'S^-1 alpha:
   K alpha = S^-1 Q (l o t),  alpha'K alpha = t'(l o t). */
cvr_status cvr_press_values(cvr_press *p, cvr_mat Y, double mu, double *objective,
                            double *lower)
{
    cvr_mat T = p->A, R = p->E;
    double quadratic, linear, square, size, of_b, of_ones;
    cvr_status status = CVR_OK;
    intercept(p, &of_b, &of_ones);
    cvr_copy(p->d, p->s);
    cvr_reciprocal(p->d, 0);
    cvr_copy(R, p->alpha);
    cvr_scale_rows(R, p->d);
    square = cvr_dot(R, R);
    cvr_gemm(T, 1, CVR_T, p->Q, CVR_N, R, 0);
    cvr_copy(R, T);
    cvr_scale_rows(R, p->l);
    quadratic = cvr_dot(R, T);
    cvr_copy(T, R);
    cvr_gemm(R, 1, CVR_N, p->Q, CVR_N, T, 0);
    CVR_TRY(verify(p, R));
    cvr_scale_rows(R, p->d);
    size = p->size * square;
    CVR_TRY(cvr_product_judge("alpha'K alpha of the bounds",
                              fabs(quadratic - cvr_dot(p->alpha, R)), (double)R.rows,
                              R.type, size));
    quadratic *= mu / 2;
    cvr_add_row(R, p->b);
    cvr_axpby(R, 1, Y, -1);
    linear = mu * cvr_dot(p->alpha, Y);
    cvr_scale_rows(R, p->s);
    *objective = cvr_dot(R, R) / 2 + quadratic + mu / 2 * of_b;
    *lower = linear - mu * mu / 2 * square - quadratic - mu / 2 * of_ones;
done:
    return status;
}
