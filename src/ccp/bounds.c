/* Bounds of the convex problem that a majoriser poses, and lambda0.

   The dual of  min sum f(x_p'u) + sum lambda_j |u_j|  is  max - sum f*(nu_p)  subject to
   |x_j'nu| <= lambda_j, which is x_j'nu = 0 for an intercept. The multipliers of the
   splitting are clipped to the domain of f*, balanced and scaled until they are feasible,
   each output by itself. */
#include <math.h>

#include "ccp/strips.h"
#include "ccp/terms.h"
#include "linalg/ops.h"
#include "parallel/heed.h"
#include "solver/method.h"

/* A = clipped nu = rho (R - W) of a strip: in the domain of f*. */
static void dual_point(const cvr_graph *g, cvr_strip s)
{
    cvr_copy(s.A, s.R);
    cvr_axpby(s.A, -g->rho, s.W, g->rho);
    cvr_project_dual(s.A, s.K);
}

static cvr_status upper(cvr_graph *g, double *value)
{
    double sum = 0;
    cvr_strip s;
    cvr_status status = CVR_OK;
    cvr_unscale(g, g->S, g->V);
    CVR_EACH_STRIP(g, s)
    {
        if (!g->placed)
            cvr_times_weights(s.A, s.X, g->S);
        sum += cvr_majorizer_value(g->placed ? s.W : s.A, s.Y, s.K);
    }
    CVR_TRY(cvr_allreduce_sum(g->factor->comm, &sum, 1));
    CVR_TRY(cvr_heed(g->factor->comm));
    *value = sum + cvr_graph_penalty_at(g, g->S);
done:
    return status;
}

/* P, Q: what positive and negative nu are multiplied by so that their sum is 0, as an
   intercept without a penalty wants. */
static cvr_status balance(cvr_graph *g)
{
    cvr_strip s;
    cvr_status status = CVR_OK;
    cvr_fill(g->PQ, 0);
    CVR_EACH_STRIP(g, s)
    {
        dual_point(g, s);
        cvr_col_sums(g->Q, s.A);
        cvr_axpby(cvr_mat_cols(g->PQ, 1, 1), 1, g->Q, 1);
        cvr_relu(s.A);
        cvr_col_sums(g->P, s.A);
        cvr_axpby(cvr_mat_cols(g->PQ, 0, 1), 1, g->P, 1);
    }
    CVR_TRY(cvr_allreduce(g->factor->comm, g->PQ));
    for (int64_t c = 0; c < g->P.rows; c++) {
        double up = cvr_get(g->PQ, c, 0), down = up - cvr_get(g->PQ, c, 1);
        cvr_set(g->P, c, 0, down < up ? down / up : 1);
        cvr_set(g->Q, c, 0, up < down ? up / down : 1);
    }
done:
    return status;
}

/* P and Q times min(1, 1 / max_j |x_j'nu| / lambda_j), so that nu is feasible. */
static cvr_status make_feasible(cvr_graph *g)
{
    cvr_strip s;
    cvr_status status = CVR_OK;
    cvr_mat most = cvr_mat_cols(g->PQ, 0, 1);
    cvr_fill(g->S, 0);
    CVR_EACH_STRIP(g, s)
    {
        dual_point(g, s);
        cvr_scale_signs(s.A, g->P, g->Q);
        cvr_add_products(g->S, s.X, s.A);
    }
    CVR_TRY(cvr_allreduce(g->factor->comm, g->S));
    CVR_TRY(cvr_heed(g->factor->comm));
    cvr_col_max_abs(most, cvr_body(g, g->S));
    cvr_scale(most, 1 / g->problem.lambda);
    cvr_reciprocal(most, 1);
    cvr_hadamard(g->P, most);
    cvr_hadamard(g->Q, most);
done:
    return status;
}

/* - sum f*(nu) */
static cvr_status lower(cvr_graph *g, double *value)
{
    double sum = 0;
    cvr_strip s;
    cvr_status status = CVR_OK;
    cvr_fill(g->P, 1);
    cvr_fill(g->Q, 1);
    if (g->problem.intercept >= 0)
        CVR_TRY(balance(g));
    CVR_TRY(make_feasible(g));
    CVR_EACH_STRIP(g, s)
    {
        dual_point(g, s);
        cvr_scale_signs(s.A, g->P, g->Q);
        sum -= cvr_majorizer_conjugate(s.A, s.Y, s.K);
    }
    CVR_TRY(cvr_allreduce_sum(g->factor->comm, &sum, 1));
    *value = sum;
done:
    return status;
}

cvr_status cvr_graph_gap(cvr_graph *g, cvr_graph_bounds *bounds)
{
    cvr_status status = CVR_OK;
    *bounds = (cvr_graph_bounds){NAN, NAN, NAN};
    CVR_TRY(upper(g, &bounds->upper));
    if (g->problem.penalty != CVR_GRAPH_L1 || !(g->problem.lambda > 0))
        return CVR_OK;
    CVR_TRY(lower(g, &bounds->lower));
    bounds->gap = cvr_relative_gap(bounds->upper, bounds->lower);
done:
    return status;
}

/* B = X'Y; with an intercept, the column o of ones, less X'o (o'Y) / o'o. */
static cvr_status linear_lambda0(const cvr_graph_problem *p, cvr_comm *comm, cvr_mat B,
                                 cvr_mat e)
{
    int64_t last = p->X.cols - 1;
    cvr_status status = CVR_OK;
    cvr_gemm(B, 1, CVR_T, p->X, CVR_N, p->Y, 0);
    CVR_TRY(cvr_allreduce(comm, B));
    if (p->intercept < 0)
        return CVR_OK;
    cvr_gemm(e, 1, CVR_T, p->X, CVR_N, cvr_mat_cols(p->X, last, 1), 0);
    CVR_TRY(cvr_allreduce(comm, e));
    double rows = cvr_get(e, last, 0);
    for (int64_t c = 0; c < B.cols; c++)
        cvr_axpby(cvr_mat_cols(B, c, 1), -cvr_get(B, last, c) / rows, e, 1);
done:
    return status;
}

cvr_status cvr_graph_lambda0(const cvr_graph_problem *p, cvr_comm *comm, double *lambda0)
{
    int64_t features = p->X.cols - (p->intercept >= 0);
    cvr_mat B = {0}, e = {0};
    cvr_status status = CVR_OK;
    if (p->relu)
        return cvr_terms_lambda0(p->X, p->Y, features, comm, (cvr_mat){0}, lambda0);
    CVR_TRY(cvr_allreduce_status(
        comm, cvr_mat_new(p->X.on, p->X.type, p->X.cols, p->Y.cols, &B)));
    CVR_TRY(
        cvr_allreduce_status(comm, cvr_mat_new(p->X.on, p->X.type, p->X.cols, 1, &e)));
    CVR_TRY(linear_lambda0(p, comm, B, e));
    *lambda0 = 2 * cvr_max_abs(cvr_mat_rows(B, 0, features));
done:
    cvr_mat_free(&B);
    cvr_mat_free(&e);
    return status;
}
