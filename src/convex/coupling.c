#include "convex/coupling.h"

#include "base/bytes.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

static bool dual_is_smaller(const cvr_program *p)
{
    return p->problem->rows < p->d * p->P;
}

double cvr_coupling_flops(const cvr_program *p)
{
    double n = (double)p->problem->rows, d = (double)p->d, P = (double)p->P;
    double side = d * P;
    return dual_is_smaller(p) ? n * n * (d + P) + n * n * n / 3
                              : n * side * side + side * side * side / 3;
}

void cvr_coupling_lay_out(cvr_coupling *c, const cvr_program *p, cvr_workspace *w)
{
    int64_t side = cvr_times(p->d, p->P);
    c->p = p;
    c->dual = dual_is_smaller(p);
    if (c->dual) {
        cvr_dual_gram_lay_out(&c->kernel, p, false, w);
        return;
    }
    CVR_LAY_SCRATCH(w, side, side, &c->A);
    cvr_gated_gram_lay_out(p, &c->FF, w);
}

cvr_status cvr_coupling_start(cvr_coupling *c)
{
    return c->dual ? cvr_dual_gram_form(&c->kernel, (cvr_mat){0})
                   : cvr_gated_gram(c->p, c->FF);
}

cvr_status cvr_coupling_factor(cvr_coupling *c, double shift)
{
    c->shift = shift;
    if (c->dual && c->factored)
        cvr_dual_gram_restore(&c->kernel);
    c->factored = true;
    if (c->dual)
        return cvr_dual_gram_factor(&c->kernel, shift / c->p->signs);
    cvr_axpby(c->A, c->p->signs, c->FF, 0);
    cvr_add_diag(c->A, shift);
    return cvr_potrf(c->A);
}

/* E = F_v'R. */
static cvr_status adjoint(const cvr_program *p, cvr_mat R, cvr_mat E)
{
    cvr_mat T = cvr_half(p, p->T, 0);
    cvr_gated_adjoint(T, p->D, R);
    return cvr_apply_adjoint(p, E, T);
}

/* e first, then a = J (r - g F_v e) / shift. */
static cvr_status solve_primal(cvr_coupling *c, cvr_mat R, cvr_mat E)
{
    const cvr_program *p = c->p;
    cvr_mat Z = cvr_half(p, p->Z, 0);
    cvr_status status = CVR_OK;
    CVR_TRY(adjoint(p, R, E));
    cvr_potrs(c->A, cvr_mat_reshape(E, p->d * p->P, p->C));
    cvr_gemm(Z, 1, CVR_N, p->X, CVR_N, E, 0);
    cvr_gated_sum(p->R, p->D, Z);
    cvr_axpby(R, -p->signs / c->shift, p->R, 1 / c->shift);
    CVR_TRY(cvr_centre(p, R, NULL));
done:
    return status;
}

cvr_status cvr_coupling_solve(cvr_coupling *c, cvr_mat R, cvr_mat E)
{
    cvr_status status = CVR_OK;
    if (!c->dual)
        return solve_primal(c, R, E);
    CVR_TRY(cvr_dual_gram_solve(&c->kernel, R));
    cvr_scale(R, 1.0 / c->p->signs);
    CVR_TRY(adjoint(c->p, R, E));
done:
    return status;
}
