/* Bounds of the convex problem that a majoriser poses. The dual of

       min sum_p f_p(x_p'u) + sum_j lambda_j |u_j|

   is

       max - sum_p f_p*(nu_p)   subject to   |x_j'nu| <= lambda_j,

   with x_j'nu = 0 for an intercept. nu is made of the multipliers of the splitting, each
   output by itself:

   1. nu = rho (R - W), clipped to the domain of f*.
   2. With an intercept its positive or its negative part is scaled so that the sum is 0.
   3. nu times min(1, 1 / max_j |x_j'nu| / lambda_j). */
#include "ccp/bounds.h"

#include <math.h>

#include "ccp/ops.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "solver/method.h"
#include "solver/remark.h"

/* A = nu of a strip, clipped. */
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
    cvr_graph_weights(g, g->S);
    CVR_EACH_STRIP(g, s)
    {
        if (!g->placed)
            cvr_gemm(s.A, 1, CVR_N, s.X, CVR_N, g->S, 0);
        sum += cvr_majorizer_value(g->placed ? s.W : s.A, s.Y, s.K);
    }
    CVR_TRY(cvr_allreduce_sum(g->factor.comm, &sum, 1));
    CVR_TRY(cvr_interrupt_check(g->factor.comm));
    *value = sum + cvr_graph_penalty_at(g, g->S);
done:
    return status;
}

/* v_c = sum_i a_ic, each times the one of its row. */
static void sums(const cvr_graph *g, cvr_strip s, cvr_mat v)
{
    if (g->problem.weighted)
        cvr_gemm(v, 1, CVR_T, s.A, CVR_N, cvr_mat_cols(s.X, s.X.cols - 1, 1), 0);
    else
        cvr_col_sums(v, s.A);
}

/* P, Q: factors of positive and of negative nu with which their sum is 0. */
static cvr_status balance(cvr_graph *g)
{
    cvr_strip s;
    cvr_status status = CVR_OK;
    cvr_fill(g->PQ, 0);
    CVR_EACH_STRIP(g, s)
    {
        dual_point(g, s);
        sums(g, s, g->Q);
        cvr_axpby(cvr_mat_cols(g->PQ, 1, 1), 1, g->Q, 1);
        cvr_relu(s.A);
        sums(g, s, g->P);
        cvr_axpby(cvr_mat_cols(g->PQ, 0, 1), 1, g->P, 1);
    }
    CVR_TRY(cvr_allreduce(g->factor.comm, g->PQ));
    for (int64_t c = 0; c < g->P.rows; c++) {
        double up = cvr_get(g->PQ, c, 0), down = up - cvr_get(g->PQ, c, 1);
        cvr_set(g->P, c, 0, down < up ? down / up : 1);
        cvr_set(g->Q, c, 0, up < down ? up / down : 1);
    }
done:
    return status;
}

/* P and Q times what makes nu feasible. */
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
        cvr_gemm(g->S, 1, CVR_T, s.X, CVR_N, s.A, 1);
    }
    CVR_TRY(cvr_allreduce(g->factor.comm, g->S));
    CVR_TRY(cvr_interrupt_check(g->factor.comm));
    cvr_col_max_abs(most, cvr_graph_features(g, g->S));
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
    CVR_TRY(cvr_allreduce_sum(g->factor.comm, &sum, 1));
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
