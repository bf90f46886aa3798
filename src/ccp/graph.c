/* Graph-form ADMM with a shared factor, over-relaxed by a:

       U  = (X'X + kappa I)^{-1} ( X'(2 W - R) + kappa (2 V - M) )
       M += a (U - V),   V = prox_{g / (rho kappa)}(M)
       R += a (XU - W),  W = prox_{f / rho}(R)

   where R - W and M - V are the scaled multipliers. X'X, U, V, M are in columns of RMS 1:
   X U stands for X diag(1 / scale) U. An iteration is two products with X, one d x C sum
   over the processes and a solve with the Cholesky factor (factor.c), which is formed
   once. Rows go by in strips that stay in the cache, so X is read once.

   Source: N. Parikh and S. Boyd 2014, Block splitting for distributed optimization. */
#include "ccp/graph.h"

#include <math.h>
#include <string.h>

#include "ccp/ops.h"
#include "ccp/terms.h"
#include "linalg/ops.h"
#include "linalg/residual.h"
#include "parallel/comm.h"

cvr_mat cvr_graph_features(const cvr_graph *g, cvr_mat V)
{
    return cvr_mat_rows(V, 0, V.rows - (g->problem.intercept >= 0));
}

/* ---- one iteration ----------------------------------------------------------------- */

static void keep_entries(const cvr_graph *g)
{
    const cvr_graph_problem *p = &g->problem;
    cvr_mat V = cvr_graph_features(g, g->V), M = cvr_graph_features(g, g->M);
    cvr_copy(g->V, g->M);
    if (p->penalty == CVR_GRAPH_KEEP_ALL)
        cvr_hard_threshold(V, M, p->keep);
    else if (p->penalty == CVR_GRAPH_MASK)
        cvr_hadamard(V, cvr_graph_features(g, p->mask));
    else
        for (int64_t c = 0; c < V.cols; c++)
            cvr_hard_threshold(cvr_mat_cols(V, c, 1), cvr_mat_cols(M, c, 1), p->keep);
}

/* M += a (U - V), V = prox(M) */
static void v_step(cvr_graph *g)
{
    double kappa = g->factor.kappa;
    cvr_axpby(g->M, g->relax, g->U, 1);
    cvr_axpby(g->M, -g->relax, g->V, 1);
    cvr_copy(g->S, g->V);
    if (g->problem.penalty == CVR_GRAPH_L1)
        cvr_soft_threshold(g->V, g->M, g->T);
    else
        keep_entries(g);
    g->columns = (cvr_residual){.primal2 = kappa * cvr_distance2(g->U, g->V),
                                .dual2 = kappa * cvr_distance2(g->V, g->S),
                                .primal_of2 = kappa * cvr_dot(g->V, g->V),
                                .dual_of2 = kappa * cvr_distance2(g->M, g->V)};
}

/* The w-step of all rows, and B = X'(2 W - R) for the next u-step. */
static cvr_status w_step(cvr_graph *g)
{
    cvr_strip s;
    cvr_copy(g->S, g->U);
    cvr_scale_rows(g->S, g->factor.unscale);
    cvr_fill(g->B, 0);
    g->rows = (cvr_residual){0};
    CVR_EACH_STRIP(g, s)
    {
        cvr_gemm(s.A, 1, CVR_N, s.X, CVR_N, g->S, 0);
        cvr_residual_add(&g->rows,
                         cvr_majorizer_step(s.R, s.W, s.A, s.Y, s.K, g->relax, g->rho));
        cvr_gemm(g->B, 1, CVR_T, s.X, CVR_N, s.A, 1);
    }
    return cvr_allreduce(g->factor.comm, g->B);
}

cvr_status cvr_graph_step(cvr_graph *g)
{
    double kappa = g->factor.kappa;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_graph_factor_form(&g->factor));
    g->placed = false;
    cvr_copy(g->U, g->B);
    cvr_scale_rows(g->U, g->factor.unscale);
    cvr_axpby(g->U, 2 * kappa, g->V, 1);
    cvr_axpby(g->U, -kappa, g->M, 1);
    cvr_graph_factor_solve(&g->factor, g->U);
    v_step(g);
    CVR_TRY(w_step(g));
    CVR_TRY(cvr_interrupt_check(g->factor.comm));
done:
    return status;
}

/* |XU| and |W| are of all rows: the larger of two sums, not a sum of larger ones. */
cvr_status cvr_graph_residuals(const cvr_graph *g, double *primal, double *dual)
{
    const cvr_residual *r = &g->rows, *c = &g->columns;
    double sums[] = {r->primal2, r->dual2, r->either2[0], r->either2[1], r->dual_of2};
    cvr_status status = cvr_allreduce_sum(g->factor.comm, sums, 5);
    double larger = sums[2] < sums[3] ? sums[3] : sums[2];
    double of = larger + c->primal_of2, dual_of = sums[4] + c->dual_of2;
    *primal = of > 0 ? sqrt((sums[0] + c->primal2) / of) : 0;
    *dual = dual_of > 0 ? sqrt((sums[1] + c->dual2) / dual_of) : 0;
    return status;
}

cvr_status cvr_graph_solve(cvr_graph *g, int64_t most, int64_t every, double tolerance)
{
    enum { LOOK = 10 };
    double primal, dual;
    cvr_status status = CVR_OK;
    for (int64_t k = 1; k <= most; k++) {
        CVR_TRY(cvr_graph_step(g));
        if (every > 0 && k % every == 0 && k < most)
            CVR_TRY(cvr_graph_majorise(g, (cvr_mat){0}, NULL));
        if (k % LOOK != 0)
            continue;
        CVR_TRY(cvr_graph_residuals(g, &primal, &dual));
        if (primal <= tolerance && dual <= tolerance)
            break;
    }
done:
    return status;
}

/* ---- starting and majorising ------------------------------------------------------- */

static void touch(const cvr_graph *g, cvr_strip s)
{
    if (g->problem.relu)
        cvr_breakpoints(s.K, s.A, s.Y, g->slack);
    else
        cvr_fill(s.K, -INFINITY);
}

double cvr_graph_penalty_at(cvr_graph *g, cvr_mat U)
{
    if (g->problem.penalty != CVR_GRAPH_L1)
        return 0;
    cvr_copy(g->S, U);
    return cvr_terms_penalty(g->S, g->L1, g->P);
}

/* The data's part of each output's F at A = X U is added. */
static void add_distances(const cvr_graph *g, cvr_mat A, cvr_mat Y, double *F)
{
    for (int64_t c = 0; c < A.cols; c++) {
        cvr_mat a = cvr_mat_cols(A, c, 1), y = cvr_mat_cols(Y, c, 1);
        F[c] += g->problem.relu ? cvr_relu_distance2(a, a, 0, y) : cvr_distance2(a, y);
    }
}

/* F of own rows becomes F of all, with the penalty at U. */
static cvr_status complete(cvr_graph *g, cvr_mat U, double *F)
{
    cvr_status status = cvr_allreduce_sum(g->factor.comm, F, (int)U.cols);
    if (cvr_graph_penalty_at(g, U) > 0)
        for (int64_t c = 0; c < U.cols; c++)
            F[c] += cvr_get(g->P, c, 0);
    return status;
}

/* W = XU, R = W + nu / rho; B = X'W, U = X'nu */
static void place_rows(cvr_graph *g)
{
    cvr_strip s;
    cvr_fill(g->B, 0);
    cvr_fill(g->U, 0);
    CVR_EACH_STRIP(g, s)
    {
        cvr_gemm(s.A, 1, CVR_N, s.X, CVR_N, g->S, 0);
        touch(g, s);
        cvr_majorizer_slope(s.R, s.A, s.Y, s.K);
        cvr_gemm(g->B, 1, CVR_T, s.X, CVR_N, s.A, 1);
        cvr_gemm(g->U, 1, CVR_T, s.X, CVR_N, s.R, 1);
        cvr_copy(s.W, s.A);
        cvr_axpby(s.R, 1, s.A, 1 / g->rho);
    }
}

/* V = U, M = V - X'nu / (rho kappa), and B of the next u-step is X'(W - nu / rho). */
cvr_status cvr_graph_start(cvr_graph *g, cvr_mat U, double *F)
{
    cvr_status status = CVR_OK;
    cvr_copy(g->S, U);
    cvr_copy(g->V, U);
    cvr_scale_rows(g->V, g->factor.scale);
    place_rows(g);
    CVR_TRY(cvr_allreduce(g->factor.comm, g->B));
    CVR_TRY(cvr_allreduce(g->factor.comm, g->U));
    CVR_TRY(cvr_interrupt_check(g->factor.comm));
    cvr_axpby(g->B, -1 / g->rho, g->U, 1);
    cvr_copy(g->M, g->U);
    cvr_scale_rows(g->M, g->factor.unscale);
    cvr_axpby(g->M, 1, g->V, -1 / (g->rho * g->factor.kappa));
    cvr_copy(g->U, g->V);
    g->placed = true;
    if (F) {
        memset(F, 0, sizeof *F * (size_t)U.cols);
        add_distances(g, g->W, g->problem.Y, F);
        CVR_TRY(complete(g, U, F));
    }
done:
    return status;
}

void cvr_graph_translate(cvr_graph *g, int64_t c, double by, cvr_mat sums)
{
    int64_t last = g->problem.intercept;
    double scaled = by * cvr_get(g->factor.scale, last, 0);
    cvr_mat ones = cvr_mat_cols(g->problem.X, last, 1);
    cvr_mat *columns[] = {&g->V, &g->M}, *rows[] = {&g->R, &g->W};
    for (int i = 0; i < 2; i++) {
        double now = cvr_get(*columns[i], last, c);
        cvr_set(*columns[i], last, c, now + scaled);
        cvr_axpby(cvr_mat_cols(*rows[i], c, 1), by, ones, 1);
    }
    cvr_axpby(cvr_mat_cols(g->B, c, 1), by, sums, 1);
}

cvr_status cvr_graph_start_positive(cvr_graph *g)
{
    cvr_mat *all[] = {&g->U, &g->V, &g->M, &g->B, &g->R, &g->W, &g->T};
    for (int i = 0; i < 7; i++)
        cvr_fill(*all[i], 0);
    cvr_breakpoints_positive(g->K, g->problem.Y);
    cvr_status status = cvr_graph_solve(g, 50, 0, 1e-4);
    cvr_graph_set_lambda(g, g->problem.lambda);
    return status;
}

cvr_status cvr_graph_majorise(cvr_graph *g, cvr_mat U, double *F)
{
    cvr_strip s;
    cvr_status status = CVR_OK;
    if (U.device)
        cvr_copy(g->S, U);
    else
        cvr_graph_weights(g, g->S);
    if (F)
        memset(F, 0, sizeof *F * (size_t)g->S.cols);
    CVR_EACH_STRIP(g, s)
    {
        cvr_gemm(s.A, 1, CVR_N, s.X, CVR_N, g->S, 0);
        touch(g, s);
        if (F)
            add_distances(g, s.A, s.Y, F);
    }
    if (F)
        CVR_TRY(complete(g, g->S, F));
    CVR_TRY(cvr_interrupt_check(g->factor.comm));
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

/* T_j = lambda / (scale_j rho kappa) */
void cvr_graph_set_lambda(cvr_graph *g, double lambda)
{
    int64_t intercept = g->problem.intercept;
    g->problem.lambda = lambda;
    cvr_fill(g->L1, lambda);
    if (intercept >= 0)
        cvr_set(g->L1, intercept, 0, 0);
    cvr_copy(g->T, g->L1);
    cvr_hadamard(g->T, g->factor.unscale);
    cvr_scale(g->T, 1 / (g->rho * g->factor.kappa));
}

void cvr_graph_set_keep(cvr_graph *g, int64_t keep)
{
    g->problem.keep = keep;
}

void cvr_graph_weights(const cvr_graph *g, cvr_mat U)
{
    cvr_copy(U, g->V);
    cvr_scale_rows(U, g->factor.unscale);
}

void cvr_graph_pose(const cvr_graph_problem *problem, int64_t rows, cvr_comm *comm,
                    cvr_graph *g)
{
    CVR_ASSERT(problem->intercept < 0 || problem->intercept == problem->X.cols - 1);
    *g = (cvr_graph){
        .problem = *problem,
        .factor = {.comm = comm, .X = problem->X, .rows = rows, .total = (double)rows},
        .slack = problem->X.type == CVR_DOUBLE ? 1e-12 : 1e-6,
        .rho = 1,
        .relax = 1.6};
}

void cvr_graph_lay_out(cvr_graph *g, cvr_workspace *w)
{
    int64_t n = g->problem.X.rows, d = g->problem.X.cols, C = g->problem.Y.cols;
    int64_t strip = cvr_strip_rows(n, d + 4 * C, 1 << 17, 512);
    cvr_lay(w, CVR_SHARED, "V", &g->V, d, C);
    cvr_lay(w, CVR_SHARED, "M", &g->M, d, C);
    cvr_lay(w, CVR_SHARED, "B", &g->B, d, C);
    cvr_lay(w, CVR_ROWS, "R", &g->R, n, C);
    cvr_lay(w, CVR_ROWS, "W", &g->W, n, C);
    cvr_lay(w, CVR_ROWS, "K", &g->K, n, C);
    CVR_LAY_SCRATCH(w, d, C, &g->U, &g->S);
    CVR_LAY_SCRATCH(w, strip, C, &g->A);
    CVR_LAY_SCRATCH(w, d, 1, &g->L1, &g->T);
    CVR_LAY_SCRATCH(w, C, 1, &g->P, &g->Q);
    CVR_LAY_SCRATCH(w, C, 2, &g->PQ);
    cvr_graph_factor_lay_out(&g->factor, C, w);
}

cvr_status cvr_graph_prepare(cvr_graph *g)
{
    cvr_status status = cvr_graph_factor_scale(&g->factor);
    if (status == CVR_OK)
        cvr_graph_set_lambda(g, g->problem.lambda);
    return status;
}

cvr_status cvr_graph_new(const cvr_graph_problem *problem, cvr_comm *comm,
                         cvr_workspace *w, cvr_graph *g)
{
    cvr_mat X = problem->X;
    double rows = (double)X.rows;
    cvr_status status = CVR_OK;
    cvr_workspace_init(w, X.device, X.type, "graph-form ADMM");
    CVR_TRY(cvr_allreduce_sum(comm, &rows, 1));
    cvr_graph_pose(problem, (int64_t)rows, comm, g);
    cvr_graph_lay_out(g, w);
    CVR_TRY(cvr_workspace_take(w, comm));
    CVR_TRY(cvr_graph_prepare(g));
done:
    return status;
}
