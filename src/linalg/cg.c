/* Preconditioned conjugate gradients (Hestenes and Stiefel; Golub and Van Loan, 11.5):
       a = r'z / p'Ap    x += a p    r -= a Ap    z = M^{-1} r    p = z + (r'z / old) p */
#include "linalg/cg.h"

#include <float.h>
#include <math.h>

#include "base/fail.h"
#include "linalg/mats.h"

cvr_status cvr_cg_new(const cvr_backend *on, cvr_type type, int64_t rows, int64_t cols,
                      cvr_cg *w)
{
    const cvr_mat like = {.type = type, .on = on};
    cvr_status status = CVR_OK;
    *w = (cvr_cg){0};
    CVR_TRY(CVR_MATS_NEW(like, rows, cols, &w->R, &w->P, &w->Q, &w->Z));
done:
    if (status != CVR_OK)
        cvr_cg_free(w);
    return status;
}

void cvr_cg_free(cvr_cg *w)
{
    CVR_MATS_FREE(&w->R, &w->P, &w->Q, &w->Z);
}

static double size(cvr_mat A)
{
    return sqrt(cvr_dot(A, A));
}

/* R = B - A X */
static cvr_status start(cvr_cg *w, const cvr_cg_system *s, cvr_mat X, cvr_mat B)
{
    cvr_status status = s->multiply(s->ctx, w->Q, X);
    if (status == CVR_OK) {
        cvr_copy(w->R, B);
        cvr_axpby(w->R, -1, w->Q, 1);
    }
    return status;
}

/* Z = M^{-1} R, P = Z + (R'Z / old) P; old = 0 starts afresh. */
static cvr_status direct(cvr_cg *w, const cvr_cg_system *s, double *rz)
{
    double old = *rz;
    cvr_mat Z = s->precondition ? w->Z : w->R;
    cvr_status status = CVR_OK;
    if (s->precondition)
        CVR_TRY(s->precondition(s->ctx, w->Z, w->R));
    *rz = cvr_dot(w->R, Z);
    if (!isfinite(*rz) || *rz < 0)
        CVR_FAIL(CVR_NUMERICAL, "conjugate gradients: r'M^{-1}r is %g", *rz);
    if (old > 0)
        cvr_axpby(w->P, 1, Z, *rz / old);
    else
        cvr_copy(w->P, Z);
done:
    return status;
}

/* a = r'z / p'Ap, or 0 when p'Ap is zero within rounding. */
static cvr_status step_length(cvr_cg *w, double rz, double *a)
{
    double curvature = cvr_dot(w->P, w->Q);
    double unit = w->P.type == CVR_DOUBLE ? DBL_EPSILON : FLT_EPSILON;
    double rounding = 10 * unit * size(w->P) * size(w->Q);
    *a = 0;
    if (!isfinite(curvature) || curvature < -rounding)
        return cvr_fail(CVR_NUMERICAL,
                        "conjugate gradients: a direction has curvature %g", curvature);
    if (curvature > 0)
        *a = rz / curvature;
    return CVR_OK;
}

double cvr_cg_enough(cvr_mat X, cvr_mat B, double tolerance)
{
    double rounding = X.type == CVR_DOUBLE ? 1e-13 : 1e-6, all = size(B);
    double energy = sqrt(fmax(0, cvr_dot(X, B)));
    return fmax(rounding * all, tolerance * fmin(all, energy));
}

/* |R| / |B| is small enough; goal = |B|. */
static bool enough(const cvr_cg_system *s, cvr_mat X, cvr_mat B, double goal,
                   double tolerance, double residual)
{
    double asked = s->energy ? cvr_cg_enough(X, B, tolerance) / goal : tolerance;
    return !(residual > asked);
}

cvr_status cvr_cg_solve(cvr_cg *w, const cvr_cg_system *s, cvr_mat X, cvr_mat B,
                        double tolerance, int limit, cvr_cg_result *result)
{
    double goal = size(B), rz = 0, a = 0;
    cvr_status status = CVR_OK;
    *result = (cvr_cg_result){0};
    if (goal == 0) {
        cvr_fill(X, 0);
        return CVR_OK;
    }
    CVR_TRY(start(w, s, X, B));
    result->residual = size(w->R) / goal;
    while (!enough(s, X, B, goal, tolerance, result->residual) &&
           result->iterations < limit) {
        CVR_TRY(direct(w, s, &rz));
        CVR_TRY(s->multiply(s->ctx, w->Q, w->P));
        CVR_TRY(step_length(w, rz, &a));
        if (a == 0)
            break;
        cvr_axpby(X, a, w->P, 1);
        cvr_axpby(w->R, -a, w->Q, 1);
        result->iterations++;
        result->residual = size(w->R) / goal;
    }
    if (!isfinite(result->residual))
        CVR_FAIL(CVR_NUMERICAL, "conjugate gradients: the residual is %g",
                 result->residual);
done:
    return status;
}
