/* Products with the coupled system, and the factor of its block K. */
#include "convex/system.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

void cvr_system_lay_out(cvr_system *s, const cvr_program *p, cvr_workspace *w)
{
    s->p = p;
    s->g = p->signs;
    s->limit = cvr_convex_options_of(p->problem)->cg_iterations;
    if (p->signs == 2)
        CVR_LAY_SCRATCH(w, p->d, p->d, &s->XX, &s->K);
}

cvr_status cvr_system_start(cvr_system *s)
{
    const cvr_program *p = s->p;
    cvr_status status = CVR_OK;
    if (p->signs == 1)
        return CVR_OK;
    cvr_gram(s->XX, 1, CVR_T, p->X, 0);
    CVR_TRY(cvr_allreduce(p->comm, s->XX));
    CVR_TRY(cvr_interrupt_check(p->comm));
done:
    return status;
}

cvr_status cvr_system_set(cvr_system *s, double rho, double kappa)
{
    s->rho = rho;
    s->kappa = s->g == 2 ? kappa : 0;
    if (s->g == 1)
        return CVR_OK;
    cvr_axpby(s->K, kappa, s->XX, 0);
    cvr_add_diag(s->K, 1);
    return cvr_potrf(s->K);
}

void cvr_system_solve_block(const cvr_system *s, cvr_mat B)
{
    if (s->g == 2)
        cvr_potrs(s->K, B);
}

/* T = (g / rho) D_i o J sum_j D_j o Z_j + kappa' Z for each output; then Y = X'T. */
static cvr_status products(const cvr_system *s, cvr_mat Y, cvr_mat U, double kappa)
{
    const cvr_program *p = s->p;
    int64_t width = p->C * p->P;
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < U.cols; j += width) {
        int64_t cols = U.cols - j < width ? U.cols - j : width;
        cvr_mat Z = cvr_mat_cols(p->Z, 0, cols), T = cvr_mat_cols(p->T, 0, cols);
        cvr_mat R = cvr_mat_cols(p->R, 0, cols / p->P);
        cvr_gemm(Z, 1, CVR_N, p->X, CVR_N, cvr_mat_cols(U, j, cols), 0);
        cvr_gated_sum(R, p->D, Z);
        CVR_TRY(cvr_centre(p, R, NULL));
        cvr_gated_adjoint(T, p->D, R);
        cvr_axpby(T, kappa, Z, s->g / s->rho);
        CVR_TRY(cvr_apply_adjoint(p, cvr_mat_cols(Y, j, cols), T));
        CVR_TRY(cvr_interrupt_check(p->comm));
    }
done:
    return status;
}

cvr_status cvr_system_apply(const cvr_system *s, cvr_mat Y, cvr_mat U)
{
    cvr_status status = products(s, Y, U, s->kappa);
    cvr_axpby(Y, 1, U, 1);
    return status;
}

cvr_status cvr_system_couple(const cvr_system *s, cvr_mat Y, cvr_mat U)
{
    return products(s, Y, U, 0);
}
