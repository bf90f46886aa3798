/* The exact u-step: A^{-1} by one Cholesky factor, in the smaller of two forms.

   Dual (Woodbury), n x n:  with M = (rho / g) I + (X K^{-1} X') o (D D')
       delta = K^{-1} b - K^{-1} F'a,  M a = F K^{-1} b  (free bias: + 1 c', 1'a = 0)
   Primal, d P x d P:       A itself, F'J F formed once. */
#include "convex/dual_gram.h"
#include "convex/primal.h"

#include "base/bytes.h"
#include "linalg/ops.h"

typedef struct direct {
    bool dual, formed;
    double kappa; /* that the kernel was formed for */
    cvr_dual_gram kernel;
    cvr_mat FF, A; /* primal form: F'J F and the factor of A, d P x d P */
    cvr_mat R, B;  /* dual: own rows x C, d x C P */
} direct;

static bool dual_is_smaller(const cvr_program *p)
{
    return p->problem->rows < p->d * p->P;
}

/* Dual: X L^{-T}, its Gram, D D', Cholesky. Primal: Cholesky. */
static double flops(const cvr_program *p)
{
    double n = (double)p->problem->rows, d = (double)p->d, P = (double)p->P;
    if (dual_is_smaller(p))
        return (p->signs - 1) * n * d * d + n * n * (d + P) + n * n * n / 3;
    return d * P * d * P * d * P / 3;
}

static void lay_out(cvr_primal *u, cvr_workspace *w)
{
    const cvr_program *p = u->system->p;
    direct *s = u->state;
    int64_t side = cvr_times(p->d, p->P);
    s->dual = dual_is_smaller(p);
    if (s->dual) {
        cvr_dual_gram_lay_out(&s->kernel, p, p->signs == 2, w);
        CVR_LAY_SCRATCH(w, p->n, p->C, &s->R);
        CVR_LAY_SCRATCH(w, p->d, p->C * p->P, &s->B);
    } else {
        CVR_LAY_SCRATCH(w, side, side, &s->A);
        cvr_gated_gram_lay_out(p, &s->FF, w);
    }
}

static cvr_status start(cvr_primal *u)
{
    direct *s = u->state;
    return s->dual ? CVR_OK : cvr_gated_gram(u->system->p, s->FF);
}

/* A = I (x) (I + kappa X'X) + (g / rho) F'J F. */
static cvr_status factor_primal(direct *s, const cvr_system *system)
{
    const cvr_program *p = system->p;
    cvr_axpby(s->A, system->g / system->rho, s->FF, 0);
    for (int64_t i = 0; i < p->P && system->kappa > 0; i++)
        cvr_axpby(cvr_mat_part(s->A, i * p->d, i * p->d, p->d, p->d), system->kappa,
                  system->XX, 1);
    cvr_add_diag(s->A, 1);
    return cvr_potrf(s->A);
}

static cvr_status factor(cvr_primal *u)
{
    direct *s = u->state;
    const cvr_system *system = u->system;
    cvr_status status = CVR_OK;
    if (!s->dual)
        return factor_primal(s, system);
    if (s->formed && system->kappa == s->kappa)
        cvr_dual_gram_restore(&s->kernel);
    else {
        s->formed = false;
        CVR_TRY(cvr_dual_gram_form(&s->kernel, system->K));
    }
    s->formed = true;
    s->kappa = system->kappa;
    CVR_TRY(cvr_dual_gram_factor(&s->kernel, system->rho / system->g));
done:
    return status;
}

/* delta = q - K^{-1} F'a with q = K^{-1} b, a = M^{-1} F q. */
static cvr_status solve_dual(direct *s, const cvr_system *system, cvr_mat B,
                             cvr_mat delta)
{
    const cvr_program *p = system->p;
    cvr_mat Z = cvr_half(p, p->Z, 0), T = cvr_half(p, p->T, 0);
    cvr_status status = CVR_OK;
    cvr_copy(delta, B);
    cvr_system_solve_block(system, delta);
    cvr_gemm(Z, 1, CVR_N, p->X, CVR_N, delta, 0);
    cvr_gated_sum(s->R, p->D, Z);
    CVR_TRY(cvr_dual_gram_solve(&s->kernel, s->R));
    cvr_gated_adjoint(T, p->D, s->R);
    CVR_TRY(cvr_apply_adjoint(p, s->B, T));
    cvr_system_solve_block(system, s->B);
    cvr_axpby(delta, -1, s->B, 1);
done:
    return status;
}

static cvr_status solve(cvr_primal *u, cvr_mat B, cvr_mat delta, double tolerance)
{
    direct *s = u->state;
    const cvr_program *p = u->system->p;
    (void)tolerance;
    u->system->inner = 1;
    if (s->dual)
        return solve_dual(s, u->system, B, delta);
    cvr_copy(delta, B);
    cvr_potrs(s->A, cvr_mat_reshape(delta, p->d * p->P, p->C));
    return CVR_OK;
}

const cvr_primal_solver cvr_direct = {.state_size = sizeof(direct),
                                      .lay_out = lay_out,
                                      .start = start,
                                      .factor = factor,
                                      .solve = solve,
                                      .flops = flops};
