/* Preconditioned conjugate gradients (Hestenes and Stiefel; Golub and Van Loan, 11.5):
       a = r'z / p'Ap    x += a p    r -= a Ap    z = M^{-1} r    p = z + (r'z / old) p

   The scalars stay where the matrices are. The processor is asked in each iteration
   whether it was the last; a device after as many as the last solution took, and from
   then on: what it does beyond the last changes nothing. */
#include "linalg/cg.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "base/fail.h"
#include "linalg/backend.h"
#include "linalg/mats.h"
#include "linalg/type.h"

/* count of the scalars, from the one at this offset. */
static cvr_mat scalars(const cvr_cg *w, size_t offset, int64_t count)
{
    return cvr_mat_rows(w->s, (int64_t)(offset / sizeof(double)), count);
}

#define SCALARS(w, first, count) scalars(w, offsetof(cvr_cg_numbers, first), count)

/* All numbers, on the host. */
static cvr_cg_numbers ask(const cvr_cg *w)
{
    cvr_cg_numbers x;
    cvr_mat_numbers(w->s, (double *)&x);
    return x;
}

/* R = B - A X */
static cvr_status start(cvr_cg *w, const cvr_cg_system *s, cvr_mat X, cvr_mat B)
{
    cvr_status status = CVR_OK;
    cvr_fill(w->s, 0);
    cvr_put_dot(SCALARS(w, bb, 1), B, B);
    CVR_TRY(s->multiply(s->ctx, w->Q, X));
    cvr_copy(w->R, B);
    cvr_axpby(w->R, -1, w->Q, 1);
done:
    return status;
}

/* M^{-1} R */
static cvr_mat preconditioned(const cvr_cg *w, const cvr_cg_system *s)
{
    return s->precondition ? w->Z : w->R;
}

/* Z = M^{-1} R, and whether X is good enough. */
static cvr_status judge(cvr_cg *w, const cvr_cg_system *s, cvr_mat X, cvr_mat B,
                        double tolerance)
{
    cvr_cg_rule rule = {tolerance, X.type == CVR_DOUBLE ? 1e-13 : 1e-6, s->energy,
                        s->below, s->precondition != NULL};
    cvr_status status = CVR_OK;
    if (s->precondition) {
        CVR_TRY(s->precondition(s->ctx, w->Z, w->R));
        cvr_put_dots(SCALARS(w, rr, 3), w->R, w->Z);
    } else {
        cvr_put_dot(SCALARS(w, rr, 1), w->R, w->R);
    }
    cvr_put_dot(SCALARS(w, xb, 1), X, B);
    cvr_cg_judge(w->s, rule);
done:
    return status;
}

/* P = Z + (R'Z / old) P; X and R move along it. */
static cvr_status move(cvr_cg *w, const cvr_cg_system *s, cvr_mat X)
{
    cvr_status status = CVR_OK;
    cvr_times_add(w->P, SCALARS(w, beta, 1), preconditioned(w, s));
    CVR_TRY(s->multiply(s->ctx, w->Q, w->P));
    cvr_put_dots(SCALARS(w, pp, 3), w->P, w->Q);
    cvr_cg_length(w->s, cvr_epsilon(w->P.type));
    cvr_add_times(X, 1, SCALARS(w, a, 1), w->P);
    cvr_add_times(w->R, -1, SCALARS(w, a, 1), w->Q);
done:
    return status;
}

double cvr_cg_enough(cvr_mat X, cvr_mat B, double tolerance)
{
    cvr_cg_rule rule = {tolerance, X.type == CVR_DOUBLE ? 1e-13 : 1e-6, true, false,
                        false};
    cvr_cg_numbers s = {.bb = cvr_dot(B, B), .xb = cvr_dot(X, B)};
    return cvr_leaf_cg_target(&s, rule);
}

static cvr_status fail(const cvr_cg_numbers *x)
{
    if (x->outcome == CVR_CG_BAD_RZ)
        return cvr_fail(CVR_NUMERICAL, "conjugate gradients: r'M^{-1}r is %g", x->rz);
    if (x->outcome == CVR_CG_BAD_CURVATURE)
        return cvr_fail(CVR_NUMERICAL,
                        "conjugate gradients: a direction has curvature %g", x->pq);
    return CVR_OK;
}

cvr_status cvr_cg_solve(cvr_cg *w, const cvr_cg_system *s, cvr_mat X, cvr_mat B,
                        double tolerance, int limit, cvr_cg_result *result)
{
    int unasked = w->s.device->host ? 0 : w->expected;
    cvr_cg_numbers x = {0};
    cvr_status status = CVR_OK;
    *result = (cvr_cg_result){0};
    CVR_TRY(start(w, s, X, B));
    for (int k = 0; x.outcome == CVR_CG_RUNS; k++) {
        CVR_TRY(judge(w, s, X, B, tolerance));
        if (k >= unasked || k >= limit)
            x = ask(w);
        if (x.outcome != CVR_CG_RUNS || k >= limit)
            break;
        CVR_TRY(move(w, s, X));
    }
    CVR_TRY(fail(&x));
    result->iterations = w->expected = (int)x.iterations;
    if (x.bb == 0) {
        cvr_fill(X, 0);
        return CVR_OK;
    }
    result->residual = x.residual / sqrt(x.bb);
    if (!isfinite(result->residual))
        CVR_FAIL(CVR_NUMERICAL, "conjugate gradients: the residual is %g",
                 result->residual);
done:
    return status;
}
