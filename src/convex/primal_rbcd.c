/* Randomised block coordinate descent on 1/2 <delta, A delta> - <b, delta> (Algorithm 2
   of Feng, Shah and Abraham 2023, for the coupled part; sigma is solved exactly).

   Block i, gradient g = K delta_i + (g / rho) X'(D_i o r) - b_i with r = J F delta
   kept up to date. The function is quadratic, so the exact step t = -g's / s'A s
   along s = -M^{-1} g, M = I (rbcd) or K (block-rbcd), replaces the backtracking
   of the source. */
#include "convex/primal.h"

#include <math.h>

#include "base/random.h"
#include "linalg/cg.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

typedef struct rbcd {
    int64_t draws;       /* blocks drawn so far */
    cvr_mat r, f;        /* own rows x C: J F delta, and J (D_i o X s) */
    cvr_mat z, t;        /* own rows x C: X delta_i, work */
    cvr_mat gradient, s; /* d x C */
} rbcd;

static double flops(const cvr_program *p)
{
    double d = (double)p->d;
    return d * d * d / 3;
}

static void lay_out(cvr_primal *u, cvr_workspace *w)
{
    const cvr_program *p = u->system->p;
    rbcd *s = u->state;
    cvr_lay_count(w, "draws", &s->draws);
    CVR_LAY_SCRATCH(w, p->n, p->C, &s->r, &s->f, &s->z, &s->t);
    CVR_LAY_SCRATCH(w, p->d, p->C, &s->gradient, &s->s);
}

/* Columns i, P + i, 2 P + i ... of a d x C P matrix: pattern i, all outputs. */
static cvr_mat pattern(const cvr_program *p, cvr_mat A, int64_t i)
{
    cvr_mat part = cvr_mat_cols(A, i, 1);
    part.cols = p->C;
    part.ld = A.ld * p->P;
    return part;
}

/* r = J F delta, from scratch: once a solve, so that rounding does not pile up. */
static cvr_status refresh(rbcd *s, const cvr_program *p, cvr_mat delta)
{
    cvr_mat Z = cvr_half(p, p->Z, 0);
    cvr_gemm(Z, 1, CVR_N, p->X, CVR_N, delta, 0);
    cvr_gated_sum(s->r, p->D, Z);
    return cvr_centre(p, s->r, NULL);
}

/* gradient = X'(kappa X delta_i + (g / rho) D_i o r) + delta_i - b_i. */
static cvr_status form_gradient(rbcd *s, const cvr_system *system, int64_t i, cvr_mat b,
                                cvr_mat delta)
{
    const cvr_program *p = system->p;
    cvr_status status = CVR_OK;
    cvr_gemm(s->z, 1, CVR_N, p->X, CVR_N, delta, 0);
    cvr_copy(s->t, s->r);
    cvr_scale_rows(s->t, cvr_mat_cols(p->D, i, 1));
    cvr_axpby(s->t, system->kappa, s->z, system->g / system->rho);
    CVR_TRY(cvr_apply_adjoint(p, s->gradient, s->t));
    cvr_axpby(s->gradient, 1, delta, 1);
    cvr_axpby(s->gradient, -1, b, 1);
done:
    return status;
}

/* Moves block i to the least value along s; returns |gradient|^2 before the move. */
static cvr_status move(cvr_primal *u, int64_t i, cvr_mat delta)
{
    rbcd *s = u->state;
    const cvr_system *system = u->system;
    const cvr_program *p = system->p;
    cvr_status status = CVR_OK;
    double curvature[2], slope, step;
    cvr_copy(s->s, s->gradient);
    if (u->way->with)
        CVR_TRY(u->way->with->apply(u, s->s, s->gradient));
    slope = cvr_dot(s->s, s->gradient);
    cvr_gemm(s->z, 1, CVR_N, p->X, CVR_N, s->s, 0);
    cvr_copy(s->f, s->z);
    cvr_scale_rows(s->f, cvr_mat_cols(p->D, i, 1));
    CVR_TRY(cvr_centre(p, s->f, NULL));
    curvature[0] = cvr_dot(s->z, s->z);
    curvature[1] = cvr_dot(s->f, s->f);
    CVR_TRY(cvr_allreduce_sum(p->comm, curvature, 2));
    step = slope / (cvr_dot(s->s, s->s) + system->kappa * curvature[0] +
                    system->g / system->rho * curvature[1]);
    if (slope <= 0)
        goto done;
    cvr_axpby(delta, -step, s->s, 1);
    cvr_axpby(s->r, -step, s->f, 1);
done:
    return status;
}

/* Sweeps of P random blocks until the gradients of a sweep are small enough. */
static cvr_status solve(cvr_primal *u, cvr_mat B, cvr_mat delta, double tolerance)
{
    rbcd *s = u->state;
    cvr_system *system = u->system;
    const cvr_program *p = system->p;
    double enough = 0, seen = INFINITY;
    int64_t draws = s->draws;
    cvr_status status = CVR_OK;
    CVR_TRY(refresh(s, p, delta));
    for (system->inner = 0; system->inner < system->limit && seen > enough * enough;
         system->inner++) {
        seen = 0;
        for (int64_t k = 0; k < p->P; k++) {
            int64_t i =
                cvr_random_below(p->problem->seed, CVR_FOR_BLOCKS, s->draws++, 0, p->P);
            cvr_mat di = pattern(p, delta, i);
            CVR_TRY(form_gradient(s, system, i, pattern(p, B, i), di));
            CVR_TRY(move(u, i, di));
            CVR_TRY(cvr_interrupt_check(p->comm));
            seen += cvr_dot(s->gradient, s->gradient);
        }
        enough = cvr_cg_enough(delta, B, tolerance);
    }
done:
    if (status == CVR_INTERRUPTED)
        s->draws = draws;
    return status;
}

const cvr_primal_solver cvr_rbcd = {
    .state_size = sizeof(rbcd), .lay_out = lay_out, .solve = solve, .flops = flops};
