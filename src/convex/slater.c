/* ADMM for min |c|^2 / 2 subject to s = G c - q >= 0:
       c = (I + rho X'X)^{-1} rho X'( (2D - 1) o (|M| + q) )
       M = relaxed (G c - q) + nu,  s = M_+, nu = M_-
   One Cholesky factor for all patterns, two products with X an iteration. The problem
   scales with q, so one rho serves every q. */
#include "convex/slater.h"

#include <math.h>

#include "convex/balance.h"
#include "convex/ops.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

/* Thresholds cost nothing, but a little here, so that K is definite. */
static cvr_status set_rho(cvr_slater_factor *f, double rho)
{
    int64_t free = f->K.rows - f->w;
    f->rho = rho;
    cvr_axpby(f->K, rho, f->XX, 0);
    cvr_add_diag(cvr_mat_part(f->K, 0, 0, f->w, f->w), 1);
    cvr_add_diag(cvr_mat_part(f->K, f->w, f->w, free, free), 1e-3);
    return cvr_potrf(f->K);
}

void cvr_slater_factor_lay_out(cvr_slater_factor *f, int64_t d, cvr_workspace *w)
{
    CVR_LAY_SCRATCH(w, d, d, &f->K);
    cvr_lay_real(w, "rho", &f->rho);
}

/* rho = 0.1 over the mean of |x_j|^2. */
cvr_status cvr_slater_factor_start(const cvr_program *p, cvr_mat XX, cvr_slater_factor *f)
{
    double trace = 0;
    for (int64_t i = 0; i < p->d; i++)
        trace += cvr_get(XX, i, i);
    f->rho = trace > 0 ? 0.1 * (double)p->problem->rows / trace : 1;
    return cvr_slater_factor_restored(p, XX, f);
}

cvr_status cvr_slater_factor_restored(const cvr_program *p, cvr_mat XX,
                                      cvr_slater_factor *f)
{
    f->XX = XX;
    f->w = p->w;
    return set_rho(f, f->rho);
}

void cvr_slater_lay_out(cvr_slater *s, const cvr_program *p, cvr_slater_factor *f,
                        int64_t k, cvr_workspace *w)
{
    s->p = p;
    s->factor = f;
    cvr_lay(w, CVR_ROWS, "M", &s->M, p->n, k);
    CVR_LAY_SCRATCH(w, p->n, k, &s->XC, &s->E, &s->T);
    CVR_LAY_SCRATCH(w, p->d, k, &s->C);
    cvr_lay_real(w, "rho", &s->rho);
    cvr_lay_count(w, "iterations", &s->iterations);
    cvr_lay_count(w, "next_balance", &s->next_balance);
}

void cvr_slater_start(cvr_slater *s)
{
    cvr_fill(s->M, 0);
    s->rho = s->factor->rho;
    s->iterations = 0;
    s->next_balance = 20;
}

static cvr_status step(cvr_slater *w, cvr_mat sums)
{
    const cvr_program *p = w->p;
    cvr_status status = CVR_OK;
    cvr_cone_target(w->T, p->D, w->M, 1);
    cvr_axpby(w->T, 1, w->E, 1);
    CVR_TRY(cvr_apply_adjoint(p, w->C, w->T));
    cvr_scale(w->C, w->rho);
    cvr_potrs(w->factor->K, w->C);
    cvr_gemm(w->XC, 1, CVR_N, p->X, CVR_N, w->C, 0);
    cvr_copy(w->T, w->XC);
    cvr_axpby(w->T, -1, w->E, 1);
    cvr_put_cone_step(sums, w->M, p->D, w->T, 1.6);
    w->iterations++;
done:
    return status;
}

static cvr_status balance(cvr_slater *w, cvr_mat sums)
{
    cvr_status status = CVR_OK;
    double factor, numbers[5];
    cvr_residual residual;
    cvr_mat_numbers(sums, numbers);
    residual = cvr_residual_of(numbers);
    w->next_balance += w->next_balance / 2;
    CVR_TRY(cvr_share_residual(w->p->comm, &residual));
    factor = cvr_balance(residual);
    if (factor != 1)
        CVR_TRY(set_rho(w->factor, w->factor->rho * factor));
done:
    return status;
}

/* The multiplier nu is scaled by rho. */
static void follow(cvr_slater *w)
{
    if (w->rho != w->factor->rho)
        cvr_cone_rescale(w->M, w->rho / w->factor->rho);
    w->rho = w->factor->rho;
}

/* No call takes for ever, whatever count a checkpoint has brought. */
cvr_status cvr_slater_improve(cvr_slater *w, int64_t count, bool adapt)
{
    cvr_figures *figures = w->p->figures;
    int64_t before = figures->taken;
    cvr_mat sums;
    cvr_status status = CVR_OK;
    (void)cvr_figures_place(figures, 5, &sums);
    count = count < CVR_INSIDE_MOST ? count : CVR_INSIDE_MOST;
    for (int64_t k = 0; k < count; k++) {
        if (k > 0)
            CVR_TRY(cvr_interrupt_check(w->p->comm));
        follow(w);
        CVR_TRY(step(w, sums));
        if (adapt && w->iterations >= w->next_balance)
            CVR_TRY(balance(w, sums));
    }
done:
    figures->taken = before;
    return status;
}

cvr_status cvr_slater_slacks(const cvr_program *p, cvr_mat C, cvr_mat XC, cvr_mat v,
                             int64_t first, double *margin)
{
    cvr_figures *figures = p->figures;
    cvr_mat slacks, sizes, A = cvr_mat_part(C, 0, 0, p->w, C.cols);
    const double *slack = cvr_figures_place(figures, C.cols, &slacks);
    const double *size = cvr_figures_place(figures, C.cols, &sizes);
    cvr_status status = CVR_OK;
    cvr_cone_slack(v, p->D, XC);
    cvr_copy(slacks, v);
    cvr_put_group_norms(sizes, A, A.cols);
    cvr_figures_read(figures, first);
    for (int64_t j = 0; j < C.cols; j++)
        margin[j] = slack[j] > 0 ? -slack[j] / size[j] : 0;
    CVR_TRY(cvr_allreduce_max(p->comm, margin, (int)C.cols));
    for (int64_t j = 0; j < C.cols; j++)
        margin[j] = -margin[j];
done:
    return status;
}
