/* The u-step by preconditioned conjugate gradients, warm-started from the last iteration;
   and the preconditioner M = I (x) K, the block that all patterns share (one potrs). */
#include "convex/primal.h"
#include "linalg/cg.h"

static void lay_out(cvr_primal *u, cvr_workspace *w)
{
    const cvr_program *p = u->system->p;
    cvr_cg *s = u->state;
    CVR_LAY_SCRATCH(w, p->d, p->C * p->P, &s->R, &s->P, &s->Q, &s->Z);
    CVR_LAY_DOUBLE(w, CVR_CG_NUMBERS, 1, &s->s);
}

static cvr_status multiply(void *u, cvr_mat Y, cvr_mat X)
{
    return cvr_system_apply(((cvr_primal *)u)->system, Y, X);
}

static cvr_status solve(cvr_primal *u, cvr_mat B, cvr_mat delta, double tolerance)
{
    const cvr_preconditioner *with = u->way->with;
    cvr_cg_system equations = {multiply, with ? with->apply : NULL, u, .energy = true,
                               .below = with && with->below};
    cvr_cg_result result;
    cvr_status status = cvr_cg_solve(u->state, &equations, delta, B, tolerance,
                                     (int)u->system->limit, &result);
    u->system->inner = result.iterations;
    return status;
}

/* That of K. */
static double flops(const cvr_program *p)
{
    double d = (double)p->d;
    return d * d * d / 3;
}

const cvr_primal_solver cvr_pcg = {
    .state_size = sizeof(cvr_cg), .lay_out = lay_out, .solve = solve, .flops = flops};

static cvr_status by_block(void *u, cvr_mat Y, cvr_mat X)
{
    cvr_copy(Y, X);
    cvr_system_solve_block(((cvr_primal *)u)->system, Y);
    return CVR_OK;
}

const cvr_preconditioner cvr_precondition_block = {.apply = by_block, .below = true};
