/* ADMM for min |c_i|^2 / 2 subject to s = G_i c_i - 1 >= 0, all patterns at once:
       c = (I + rho X'X)^{-1} rho X'( (2D - 1) o (|M| + 1) )
       M = relaxed G c - 1 + nu,  s = M_+, nu = M_-
   with one Cholesky factor for all and two products with X an iteration. */
#include "convex/margin.h"

#include <math.h>

#include "convex/balance.h"

static cvr_status set_rho(cvr_margin *w, double rho)
{
    if (w->rho > 0)
        cvr_cone_rescale(w->M, w->rho / rho);
    w->rho = rho;
    cvr_axpby(w->K, rho, w->XX, 0);
    cvr_add_diag(w->K, 1);
    return cvr_potrf(w->K);
}

static double trace(cvr_mat A)
{
    double sum = 0;
    for (int64_t i = 0; i < A.rows; i++)
        sum += cvr_get(A, i, i);
    return sum;
}

static cvr_status take_memory(const cvr_program *p, cvr_margin *w)
{
    cvr_mat *tall[] = {&w->XC, &w->M, &w->T, &w->E};
    cvr_status status = CVR_OK;
    for (int i = 0; i < 4; i++)
        CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->n, p->P, tall[i]));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->P, &w->C));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->d, &w->K));
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->P, 1, &w->v));
done:
    return status;
}

cvr_status cvr_margin_new(const cvr_program *p, cvr_mat XX, cvr_margin *w)
{
    cvr_status status = CVR_OK;
    w->p = p;
    w->XX = XX;
    w->least = -INFINITY;
    w->next_balance = 20;
    CVR_TRY(cvr_agree(p->comm, take_memory(p, w)));
    cvr_fill(w->M, 1);
    cvr_cone_target(w->E, p->D, w->M, 1);
    cvr_fill(w->M, 0);
    CVR_TRY(set_rho(w, 0.1 * (double)p->problem->rows / fmax(trace(XX), 1e-300)));
done:
    return status;
}

void cvr_margin_free(cvr_margin *w)
{
    cvr_mat *all[] = {&w->K, &w->C, &w->XC, &w->M, &w->T, &w->E, &w->v};
    for (int i = 0; i < 7; i++)
        cvr_mat_free(all[i]);
}

static cvr_status step(cvr_margin *w, cvr_residual *residual)
{
    const cvr_program *p = w->p;
    cvr_status status = CVR_OK;
    cvr_cone_target(w->T, p->D, w->M, 1);
    cvr_axpby(w->T, 1, w->E, 1);
    CVR_TRY(cvr_backward(p, w->C, w->T));
    cvr_scale(w->C, w->rho);
    cvr_potrs(w->K, w->C);
    cvr_gemm(w->XC, 1, CVR_N, p->X, CVR_N, w->C, 0);
    cvr_copy(w->T, w->XC);
    cvr_axpby(w->T, -1, w->E, 1);
    *residual = cvr_cone_step(w->M, p->D, w->T, 1.6);
    CVR_TRY(cvr_share_residual(p->comm, residual));
    w->iterations++;
done:
    return status;
}

/* The least of margin / |c| over patterns and processes. */
static cvr_status measure(cvr_margin *w, double *least)
{
    const cvr_program *p = w->p;
    double worst = -INFINITY;
    cvr_status status = CVR_OK;
    cvr_cone_margin(w->v, p->D, w->XC);
    for (int64_t i = 0; i < p->P; i++) {
        cvr_mat c = cvr_mat_cols(w->C, i, 1);
        worst = fmax(worst, -cvr_get(w->v, i, 0) / sqrt(fmax(cvr_dot(c, c), 1e-300)));
    }
    CVR_TRY(cvr_max_scalars(p->comm, &worst, 1));
    *least = -worst;
done:
    return status;
}

cvr_status cvr_margin_improve(cvr_margin *w, int64_t iterations)
{
    cvr_status status = CVR_OK;
    cvr_residual residual;
    double least = w->least;
    int64_t begun = w->iterations;
    while (!w->settled && w->iterations < iterations) {
        CVR_TRY(step(w, &residual));
        if (w->iterations < w->next_balance)
            continue;
        double factor = cvr_balance(residual);
        w->next_balance += w->next_balance / 2;
        if (factor != 1)
            CVR_TRY(set_rho(w, w->rho * factor));
    }
    if (w->iterations == begun)
        goto done;
    CVR_TRY(measure(w, &least));
    w->settled = least > 0 && w->iterations - begun >= 20 && least < 1.005 * w->least;
    w->least = least;
done:
    return status;
}
