/* Algorithm 2.1 of Frangella, Tropp and Udell (2021):
       Q = orth(Gaussian)    Y = A Q + nu Q    C C' = Q'Y
       B = Y C'^{-1} = U S V'    s = max(0, S^2 - nu) */
#include "linalg/nystrom.h"

#include <float.h>
#include <math.h>

#include "base/fail.h"
#include "base/random.h"
#include "linalg/mats.h"
#include "linalg/type.h"

/* Y = A Q; the shift nu that keeps Q'Y + nu I definite in rounding. */
static cvr_status sketch(cvr_mat Y, cvr_mat Q, cvr_apply A, void *ctx, double *nu)
{
    cvr_status status = CVR_OK;
    CVR_TRY(A(ctx, Y, Q));
    double size = sqrt(cvr_dot(Y, Y));
    if (!isfinite(size))
        CVR_FAIL(CVR_NUMERICAL, "the sketch of an operator has norm %g", size);
    *nu = cvr_epsilon(Y.type) * sqrt((double)Y.rows) * size;
    cvr_axpby(Y, *nu, Q, 1);
done:
    return status;
}

/* Y becomes B with B B' = Y (Q'Y)^{-1} Y'; Y stays when Q'Y is not definite. */
static cvr_status halve(cvr_mat Y, cvr_mat Q, cvr_mat C)
{
    cvr_status status = CVR_OK;
    cvr_gemm(C, 1, CVR_T, Q, CVR_N, Y, 0);
    CVR_TRY(cvr_potrf(C));
    cvr_trsm_right(Y, C, CVR_T);
done:
    return status;
}

/* The same, with a larger shift where rounding has eaten the first one. */
static cvr_status halve_shifted(cvr_mat Y, cvr_mat Q, cvr_mat C, double *nu)
{
    enum { TRIES = 3, FACTOR = 100 };
    cvr_status status = halve(Y, Q, C);
    for (int k = 1; k < TRIES && status == CVR_NUMERICAL; k++) {
        cvr_axpby(Y, (FACTOR - 1) * *nu, Q, 1);
        *nu *= FACTOR;
        status = halve(Y, Q, C);
    }
    return status;
}

/* s = max(0, s^2 - nu) */
static void square_less(cvr_mat s, double nu)
{
    for (int64_t i = 0; i < s.rows; i++) {
        double root = cvr_get(s, i, 0), value = root * root - nu;
        cvr_set(s, i, 0, value > 0 ? value : 0);
    }
}

cvr_status cvr_nystrom_draw(cvr_nystrom *n, uint64_t seed)
{
    n->mu = 0;
    cvr_fill(n->s, 0);
    cvr_random_normal(n->Q, seed, CVR_FOR_SKETCH, 0);
    return cvr_orthonormalise(n->Q);
}

cvr_status cvr_nystrom_form(cvr_nystrom *n, cvr_apply A, void *ctx)
{
    double nu = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(sketch(n->U, n->Q, A, ctx, &nu));
    if (nu > 0) {
        CVR_TRY(halve_shifted(n->U, n->Q, n->C, &nu));
        CVR_TRY(cvr_svd(n->U, n->s));
        square_less(n->s, nu);
    }
done:
    return status;
}

/* c_i = (s_r + mu) / (s_i + mu) - 1 */
static void weigh(cvr_nystrom *n, double mu)
{
    int64_t r = n->s.rows;
    if (mu == n->mu)
        return;
    n->mu = mu;
    double last = r > 0 ? cvr_get(n->s, r - 1, 0) : 0;
    for (int64_t i = 0; i < r; i++)
        cvr_set(n->c, i, 0, (last + mu) / (cvr_get(n->s, i, 0) + mu) - 1);
}

void cvr_nystrom_apply(cvr_nystrom *n, double mu, cvr_mat Y, cvr_mat X)
{
    cvr_mat W = cvr_mat_cols(n->W, 0, X.cols);
    weigh(n, mu);
    cvr_gemm(W, 1, CVR_T, n->U, CVR_N, X, 0);
    cvr_scale_rows(W, n->c);
    cvr_copy(Y, X);
    cvr_gemm(Y, 1, CVR_N, n->U, CVR_N, W, 1);
}
