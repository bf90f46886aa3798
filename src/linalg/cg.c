/* Preconditioned conjugate gradients (Hestenes and Stiefel; Golub and Van Loan, 11.5):
       a = r'z / p'Ap    x += a p    r -= a Ap    z = M^{-1} r    p = z + (r'z / old) p */
#include "linalg/cg.h"

#include <float.h>
#include <math.h>

#include "base/fail.h"
#include "linalg/mats.h"
#include "linalg/type.h"

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

/* M^{-1} R */
static cvr_mat preconditioned(const cvr_cg *w, const cvr_cg_system *s)
{
    return s->precondition ? w->Z : w->R;
}

/* Z = M^{-1} R, R'Z and |R|. */
static cvr_status precondition(cvr_cg *w, const cvr_cg_system *s, double *rz,
                               double *residual)
{
    double dots[3];
    cvr_status status = CVR_OK;
    if (s->precondition) {
        CVR_TRY(s->precondition(s->ctx, w->Z, w->R));
        *rz = cvr_dots(w->R, w->Z, dots);
        *residual = sqrt(dots[0]);
    } else {
        *rz = cvr_dot(w->R, w->R);
        *residual = sqrt(*rz);
    }
    if (!isfinite(*rz) || *rz < 0)
        CVR_FAIL(CVR_NUMERICAL, "conjugate gradients: r'M^{-1}r is %g", *rz);
done:
    return status;
}

/* P = Z + (R'Z / old) P; old = 0 starts afresh. */
static void direct(cvr_cg *w, const cvr_cg_system *s, double rz, double old)
{
    if (old > 0)
        cvr_axpby(w->P, 1, preconditioned(w, s), rz / old);
    else
        cvr_copy(w->P, preconditioned(w, s));
}

/* a = r'z / p'Ap, or 0 when p'Ap is zero within rounding. */
static cvr_status step_length(cvr_cg *w, double rz, double *a)
{
    double dots[3], curvature = cvr_dots(w->P, w->Q, dots);
    double unit = cvr_epsilon(w->P.type);
    double rounding = 10 * unit * sqrt(dots[0]) * sqrt(dots[2]);
    *a = 0;
    if (!isfinite(curvature) || curvature < -rounding)
        return cvr_fail(CVR_NUMERICAL,
                        "conjugate gradients: a direction has curvature %g", curvature);
    if (curvature > 0)
        *a = rz / curvature;
    return CVR_OK;
}

static double rounding_of(cvr_mat X)
{
    return X.type == CVR_DOUBLE ? 1e-13 : 1e-6;
}

/* all: |B| */
static double energy_enough(cvr_mat X, cvr_mat B, double all, double tolerance)
{
    double energy = sqrt(fmax(0, cvr_dot(X, B)));
    return fmax(rounding_of(X) * all, tolerance * fmin(all, energy));
}

double cvr_cg_enough(cvr_mat X, cvr_mat B, double tolerance)
{
    return energy_enough(X, B, size(B), tolerance);
}

/* What an error is measured by: |B|, the tolerance, and rz of the first X. */
typedef struct target {
    double all, tolerance, first_rz;
} target;

/* Whether |R| is small enough; with `energy`, what bounds the error: |R|, or sqrt(rz)
   once it is half of what the first X had in rz. So each call moves X: a bound that close
   would let warm starts rest. */
static bool enough(const cvr_cg_system *s, cvr_mat X, cvr_mat B, const target *t,
                   double residual, double rz)
{
    if (!s->energy)
        return !(residual > t->tolerance * t->all);
    if (!s->below)
        return !(residual > energy_enough(X, B, t->all, t->tolerance));
    return !(residual > rounding_of(X) * t->all) ||
           (rz <= t->first_rz / 2 &&
            sqrt(rz) <= energy_enough(X, B, t->all, t->tolerance));
}

cvr_status cvr_cg_solve(cvr_cg *w, const cvr_cg_system *s, cvr_mat X, cvr_mat B,
                        double tolerance, int limit, cvr_cg_result *result)
{
    target t = {size(B), tolerance, 0};
    double residual, rz = 0, old = 0, a = 0;
    cvr_status status = CVR_OK;
    *result = (cvr_cg_result){0};
    if (t.all == 0) {
        cvr_fill(X, 0);
        return CVR_OK;
    }
    CVR_TRY(start(w, s, X, B));
    for (;; old = rz) {
        CVR_TRY(precondition(w, s, &rz, &residual));
        t.first_rz = result->iterations == 0 ? rz : t.first_rz;
        if (enough(s, X, B, &t, residual, rz) || result->iterations == limit)
            break;
        direct(w, s, rz, old);
        CVR_TRY(s->multiply(s->ctx, w->Q, w->P));
        CVR_TRY(step_length(w, rz, &a));
        if (a == 0)
            break;
        cvr_axpby(X, a, w->P, 1);
        cvr_axpby(w->R, -a, w->Q, 1);
        result->iterations++;
    }
    result->residual = residual / t.all;
    if (!isfinite(result->residual))
        CVR_FAIL(CVR_NUMERICAL, "conjugate gradients: the residual is %g",
                 result->residual);
done:
    return status;
}
