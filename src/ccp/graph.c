/* Graph-form ADMM with a shared factor (Parikh and Boyd 2014; over-relaxed):

       U  = (X'X + kappa I)^{-1} ( X'(2 W - R) + kappa (2 V - M) )
       M += a (U - V),   V = prox_{g / (rho kappa)}(M)
       R += a (XU - W),  W = prox_{f / rho}(R)

   where R - W and M - V are the scaled multipliers. X'X, U, V, M are in columns of RMS 1:
   X U stands for X diag(1 / scale) U. Rows go by in strips that stay in the cache, so an
   iteration reads X once. */
#include "ccp/graph.h"

#include <math.h>

#include "base/bytes.h"
#include "ccp/terms.h"

/* ---- the factor ---------------------------------------------------------------------
 */

void cvr_graph_factor_free(cvr_graph_factor *f)
{
    cvr_mat *all[] = {&f->scale, &f->unscale, &f->G, &f->L};
    for (int i = 0; i < 4; i++)
        cvr_mat_free(all[i]);
    *f = (cvr_graph_factor){0};
}

static cvr_status take_factor(cvr_mat X, cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, 1, &f->scale));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, 1, &f->unscale));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, X.cols, &f->G));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, X.cols, &f->L));
done:
    return status;
}

/* scale = RMS of the columns, 1 where it is 0; kappa = 0.1 (columns that are not 0) / d
   rows. */
static cvr_status find_scales(cvr_mat X, cvr_graph_factor *f)
{
    double rows = (double)X.rows;
    int64_t used = 0;
    cvr_status status = CVR_OK;
    cvr_col_norms(f->scale, X);
    cvr_square(f->scale, f->scale);
    CVR_TRY(cvr_sum(f->comm, f->scale));
    CVR_TRY(cvr_sum_scalars(f->comm, &rows, 1));
    cvr_scale(f->scale, 1 / rows);
    cvr_sqrt(f->scale);
    for (int64_t j = 0; j < X.cols; j++) {
        double size = cvr_get(f->scale, j, 0);
        if (!isfinite(size))
            CVR_FAIL(CVR_BAD_DATA, "feature %lld: its squares overflow", (long long)j);
        used += size > 0;
        if (size == 0)
            cvr_set(f->scale, j, 0, 1);
    }
    cvr_copy(f->unscale, f->scale);
    cvr_reciprocal(f->unscale, 0);
    f->kappa = used > 0 ? 0.1 * rows * (double)used / (double)X.cols : 1;
done:
    return status;
}

cvr_status cvr_graph_factor_take(cvr_mat X, cvr_comm *comm, cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    *f = (cvr_graph_factor){.comm = comm};
    CVR_TRY(cvr_agree(comm, take_factor(X, f)));
    CVR_TRY(find_scales(X, f));
done:
    if (status != CVR_OK)
        cvr_graph_factor_free(f);
    return status;
}

cvr_status cvr_graph_factor_form(cvr_mat X, cvr_graph_factor *f)
{
    cvr_status status = CVR_OK;
    if (f->formed)
        return CVR_OK;
    cvr_gram(f->G, 1, CVR_T, X, 0);
    CVR_TRY(cvr_sum(f->comm, f->G));
    cvr_scale_rows(f->G, f->unscale);
    cvr_scale_cols(f->G, f->unscale);
    cvr_copy(f->L, f->G);
    cvr_add_diag(f->L, f->kappa);
    CVR_TRY(cvr_potrf(f->L));
    f->formed = true;
done:
    return status;
}

cvr_status cvr_graph_factor_new(cvr_mat X, cvr_comm *comm, cvr_graph_factor *f)
{
    cvr_status status = cvr_graph_factor_take(X, comm, f);
    if (status == CVR_OK)
        status = cvr_graph_factor_form(X, f);
    if (status != CVR_OK)
        cvr_graph_factor_free(f);
    return status;
}

/* ---- strips of rows -----------------------------------------------------------------
 */

/* The rows from first on that are worked on at a time. */
typedef struct strip {
    cvr_mat X, Y, A, R, W, K;
} strip;

static int64_t strip_rows(const cvr_graph_problem *p)
{
    enum { NUMBERS = 1 << 17, LEAST = 512 };
    int64_t rows = NUMBERS / (p->X.cols + 4 * p->Y.cols);
    rows = rows < LEAST ? LEAST : rows;
    return rows < p->X.rows ? rows : p->X.rows;
}

static cvr_mat rows_of(cvr_mat A, int64_t first, int64_t rows)
{
    return cvr_mat_part(A, first, 0, rows, A.cols);
}

static strip strip_at(const cvr_graph *g, int64_t first)
{
    const cvr_graph_problem *p = &g->problem;
    int64_t left = p->X.rows - first, rows = left < g->A.rows ? left : g->A.rows;
    return (strip){rows_of(p->X, first, rows), rows_of(p->Y, first, rows),
                   rows_of(g->A, 0, rows),     rows_of(g->R, first, rows),
                   rows_of(g->W, first, rows), rows_of(g->K, first, rows)};
}

/* for (strip s of the rows) */
#define EACH_STRIP(g, s)                                                                 \
    for (int64_t at_ = 0; at_ < (g)->problem.X.rows && (s = strip_at(g, at_), true);     \
         at_ += s.X.rows)

static void times(cvr_mat A, cvr_mat X, cvr_mat S)
{
    cvr_gemm(A, 1, CVR_N, X, CVR_N, S, 0);
}

static void add_products(cvr_mat B, cvr_mat X, cvr_mat A)
{
    cvr_gemm(B, 1, CVR_T, X, CVR_N, A, 1);
}

/* S = U in the user's units, where U is scaled. */
static void unscale(const cvr_graph *g, cvr_mat S, cvr_mat U)
{
    cvr_copy(S, U);
    cvr_scale_rows(S, g->factor->unscale);
}

/* ---- one iteration ------------------------------------------------------------------
 */

/* The penalised rows of V; the intercept is the last. */
static cvr_mat body(const cvr_graph *g, cvr_mat V)
{
    return rows_of(V, 0, V.rows - (g->problem.intercept >= 0));
}

static void keep_entries(const cvr_graph *g)
{
    const cvr_graph_problem *p = &g->problem;
    cvr_mat V = body(g, g->V), M = body(g, g->M);
    cvr_copy(g->V, g->M);
    if (p->penalty == CVR_GRAPH_KEEP_ALL)
        cvr_keep_largest(V, M, p->keep);
    else if (p->penalty == CVR_GRAPH_MASK)
        cvr_mul(V, body(g, p->mask));
    else
        for (int64_t c = 0; c < V.cols; c++)
            cvr_keep_largest(cvr_mat_cols(V, c, 1), cvr_mat_cols(M, c, 1), p->keep);
}

/* M += a (U - V), V = prox(M) */
static void shrink(cvr_graph *g)
{
    double kappa = g->factor->kappa;
    cvr_axpby(g->M, g->relax, g->U, 1);
    cvr_axpby(g->M, -g->relax, g->V, 1);
    cvr_copy(g->S, g->V);
    if (g->problem.penalty == CVR_GRAPH_L1)
        cvr_soft_threshold(g->V, g->M, g->T);
    else
        keep_entries(g);
    g->columns = (cvr_residual){
        kappa * cvr_distance2(g->U, g->V), kappa * cvr_distance2(g->V, g->S),
        kappa * cvr_dot(g->V, g->V), kappa * cvr_distance2(g->M, g->V)};
}

static void add_residual(cvr_residual *sum, cvr_residual r)
{
    sum->primal2 += r.primal2;
    sum->dual2 += r.dual2;
    sum->primal_of2 += r.primal_of2;
    sum->dual_of2 += r.dual_of2;
}

/* The w-step of all rows, and B = X'(2 W - R) for the next u-step. */
static cvr_status sweep(cvr_graph *g)
{
    strip s;
    unscale(g, g->S, g->U);
    cvr_fill(g->B, 0);
    g->rows = (cvr_residual){0};
    EACH_STRIP(g, s)
    {
        times(s.A, s.X, g->S);
        add_residual(&g->rows, cvr_kink_step(s.R, s.W, s.A, s.Y, s.K, g->relax, g->rho));
        add_products(g->B, s.X, s.A);
    }
    return cvr_sum(g->factor->comm, g->B);
}

cvr_status cvr_graph_step(cvr_graph *g)
{
    double kappa = g->factor->kappa;
    cvr_copy(g->U, g->B);
    cvr_scale_rows(g->U, g->factor->unscale);
    cvr_axpby(g->U, 2 * kappa, g->V, 1);
    cvr_axpby(g->U, -kappa, g->M, 1);
    cvr_potrs(g->factor->L, g->U);
    shrink(g);
    return sweep(g);
}

cvr_status cvr_graph_residuals(const cvr_graph *g, double *primal, double *dual)
{
    double sums[] = {g->rows.primal2, g->rows.dual2, g->rows.primal_of2,
                     g->rows.dual_of2};
    const cvr_residual *c = &g->columns;
    cvr_status status = cvr_sum_scalars(g->factor->comm, sums, 4);
    double of = sums[2] + c->primal_of2, dual_of = sums[3] + c->dual_of2;
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

/* ---- starting and majorising --------------------------------------------------------
 */

static void touch(const cvr_graph *g, strip s)
{
    if (g->problem.relu)
        cvr_kinks(s.K, s.A, s.Y, g->slack);
    else
        cvr_fill(s.K, -INFINITY);
}

/* W = XU, R = W + nu / rho; B = X'W, U = X'nu */
static void place_rows(cvr_graph *g)
{
    strip s;
    cvr_fill(g->B, 0);
    cvr_fill(g->U, 0);
    EACH_STRIP(g, s)
    {
        times(s.A, s.X, g->S);
        touch(g, s);
        cvr_kink_slope(s.R, s.A, s.Y, s.K);
        add_products(g->B, s.X, s.A);
        add_products(g->U, s.X, s.R);
        cvr_copy(s.W, s.A);
        cvr_axpby(s.R, 1, s.A, 1 / g->rho);
    }
}

/* V = U, M = V - X'nu / (rho kappa), and B of the next u-step is X'(W - nu / rho). */
cvr_status cvr_graph_start(cvr_graph *g, cvr_mat U)
{
    cvr_status status = CVR_OK;
    cvr_copy(g->S, U);
    cvr_copy(g->V, U);
    cvr_scale_rows(g->V, g->factor->scale);
    place_rows(g);
    CVR_TRY(cvr_sum(g->factor->comm, g->B));
    CVR_TRY(cvr_sum(g->factor->comm, g->U));
    cvr_axpby(g->B, -1 / g->rho, g->U, 1);
    cvr_copy(g->M, g->U);
    cvr_scale_rows(g->M, g->factor->unscale);
    cvr_axpby(g->M, 1, g->V, -1 / (g->rho * g->factor->kappa));
    cvr_copy(g->U, g->V);
done:
    return status;
}

cvr_status cvr_graph_start_positive(cvr_graph *g)
{
    cvr_mat *all[] = {&g->U, &g->V, &g->M, &g->B, &g->R, &g->W, &g->T};
    for (int i = 0; i < 7; i++)
        cvr_fill(*all[i], 0);
    cvr_kinks_positive(g->K, g->problem.Y);
    cvr_status status = cvr_graph_solve(g, 50, 0, 1e-4);
    cvr_graph_set_lambda(g, g->problem.lambda);
    return status;
}

/* The data's part of F at A = X U. */
static double distance2(const cvr_graph *g, strip s)
{
    return g->problem.relu ? cvr_relu_distance2(s.A, s.A, 0, s.Y)
                           : cvr_distance2(s.A, s.Y);
}

static double penalty(cvr_graph *g, cvr_mat U)
{
    if (g->problem.penalty != CVR_GRAPH_L1)
        return 0;
    cvr_copy(g->S, U);
    return cvr_terms_penalty(g->S, g->L1, g->P);
}

cvr_status cvr_graph_majorise(cvr_graph *g, cvr_mat U, double *F)
{
    double sum = 0;
    strip s;
    cvr_status status = CVR_OK;
    if (U.on)
        cvr_copy(g->S, U);
    else
        unscale(g, g->S, g->V);
    EACH_STRIP(g, s)
    {
        times(s.A, s.X, g->S);
        touch(g, s);
        sum += F ? distance2(g, s) : 0;
    }
    if (!F)
        return CVR_OK;
    CVR_TRY(cvr_sum_scalars(g->factor->comm, &sum, 1));
    *F = sum + penalty(g, g->S);
done:
    return status;
}

cvr_status cvr_graph_objective(cvr_graph *g, cvr_mat U, double *F)
{
    double sum = 0;
    strip s;
    cvr_status status = CVR_OK;
    EACH_STRIP(g, s)
    {
        times(s.A, s.X, U);
        sum += distance2(g, s);
    }
    CVR_TRY(cvr_sum_scalars(g->factor->comm, &sum, 1));
    *F = sum + penalty(g, U);
done:
    return status;
}

/* ---- bounds -------------------------------------------------------------------------
 */

/* A = clipped nu = rho (R - W) of a strip: in the domain of f*. */
static void dual_point(const cvr_graph *g, strip s)
{
    cvr_copy(s.A, s.R);
    cvr_axpby(s.A, -g->rho, s.W, g->rho);
    cvr_kink_clip(s.A, s.K);
}

static cvr_status upper(cvr_graph *g, double *value)
{
    double sum = 0;
    strip s;
    cvr_status status = CVR_OK;
    unscale(g, g->S, g->V);
    EACH_STRIP(g, s)
    {
        times(s.A, s.X, g->S);
        sum += cvr_kink_value(s.A, s.Y, s.K);
    }
    CVR_TRY(cvr_sum_scalars(g->factor->comm, &sum, 1));
    *value = sum + penalty(g, g->S);
done:
    return status;
}

/* P, Q: what positive and negative nu are multiplied by so that their sum is 0, as an
   intercept without a penalty wants. */
static cvr_status balance(cvr_graph *g)
{
    strip s;
    cvr_status status = CVR_OK;
    cvr_fill(g->PQ, 0);
    EACH_STRIP(g, s)
    {
        dual_point(g, s);
        cvr_col_sums(g->Q, s.A);
        cvr_axpby(cvr_mat_cols(g->PQ, 1, 1), 1, g->Q, 1);
        cvr_relu(s.A);
        cvr_col_sums(g->P, s.A);
        cvr_axpby(cvr_mat_cols(g->PQ, 0, 1), 1, g->P, 1);
    }
    CVR_TRY(cvr_sum(g->factor->comm, g->PQ));
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
    strip s;
    cvr_status status = CVR_OK;
    cvr_mat most = cvr_mat_cols(g->PQ, 0, 1);
    cvr_fill(g->S, 0);
    EACH_STRIP(g, s)
    {
        dual_point(g, s);
        cvr_scale_signs(s.A, g->P, g->Q);
        add_products(g->S, s.X, s.A);
    }
    CVR_TRY(cvr_sum(g->factor->comm, g->S));
    cvr_col_max_abs(most, body(g, g->S));
    cvr_scale(most, 1 / g->problem.lambda);
    cvr_reciprocal(most, 1);
    cvr_mul(g->P, most);
    cvr_mul(g->Q, most);
done:
    return status;
}

/* - sum f*(nu) */
static cvr_status lower(cvr_graph *g, double *value)
{
    double sum = 0;
    strip s;
    cvr_status status = CVR_OK;
    cvr_fill(g->P, 1);
    cvr_fill(g->Q, 1);
    if (g->problem.intercept >= 0)
        CVR_TRY(balance(g));
    CVR_TRY(make_feasible(g));
    EACH_STRIP(g, s)
    {
        dual_point(g, s);
        cvr_scale_signs(s.A, g->P, g->Q);
        sum -= cvr_kink_conjugate(s.A, s.Y, s.K);
    }
    CVR_TRY(cvr_sum_scalars(g->factor->comm, &sum, 1));
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
    bounds->gap = fmax(bounds->upper - bounds->lower, 0) / fmax(bounds->upper, 1e-300);
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
    CVR_TRY(cvr_sum(comm, B));
    if (p->intercept < 0)
        return CVR_OK;
    cvr_gemm(e, 1, CVR_T, p->X, CVR_N, cvr_mat_cols(p->X, last, 1), 0);
    CVR_TRY(cvr_sum(comm, e));
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
    CVR_TRY(cvr_agree(comm, cvr_mat_new(p->X.on, p->X.type, p->X.cols, p->Y.cols, &B)));
    CVR_TRY(cvr_agree(comm, cvr_mat_new(p->X.on, p->X.type, p->X.cols, 1, &e)));
    CVR_TRY(linear_lambda0(p, comm, B, e));
    *lambda0 = 2 * cvr_max_abs(rows_of(B, 0, features));
done:
    cvr_mat_free(&B);
    cvr_mat_free(&e);
    return status;
}

/* ---- making
 * ----------------------------------------------------------------------- */

/* T_j = lambda / (scale_j rho kappa) */
void cvr_graph_set_lambda(cvr_graph *g, double lambda)
{
    int64_t intercept = g->problem.intercept;
    g->problem.lambda = lambda;
    cvr_fill(g->L1, lambda);
    if (intercept >= 0)
        cvr_set(g->L1, intercept, 0, 0);
    cvr_copy(g->T, g->L1);
    cvr_mul(g->T, g->factor->unscale);
    cvr_scale(g->T, 1 / (g->rho * g->factor->kappa));
}

void cvr_graph_set_keep(cvr_graph *g, int64_t keep)
{
    g->problem.keep = keep;
}

void cvr_graph_weights(const cvr_graph *g, cvr_mat U)
{
    unscale(g, U, g->V);
}

static cvr_status take_memory(cvr_graph *g)
{
    cvr_mat X = g->problem.X;
    int64_t C = g->problem.Y.cols;
    cvr_mat *wide[] = {&g->U, &g->V, &g->M, &g->B, &g->S};
    cvr_mat *tall[] = {&g->R, &g->W, &g->K};
    cvr_status status = CVR_OK;
    for (int i = 0; i < 5; i++)
        CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, C, wide[i]));
    for (int i = 0; i < 3; i++)
        CVR_TRY(cvr_mat_new(X.on, X.type, X.rows, C, tall[i]));
    CVR_TRY(cvr_mat_new(X.on, X.type, strip_rows(&g->problem), C, &g->A));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, 1, &g->L1));
    CVR_TRY(cvr_mat_new(X.on, X.type, X.cols, 1, &g->T));
    CVR_TRY(cvr_mat_new(X.on, X.type, C, 2, &g->PQ));
    CVR_TRY(cvr_mat_new(X.on, X.type, C, 1, &g->P));
    CVR_TRY(cvr_mat_new(X.on, X.type, C, 1, &g->Q));
done:
    return status;
}

cvr_status cvr_graph_new(const cvr_graph_problem *problem, const cvr_graph_factor *factor,
                         cvr_graph *g)
{
    cvr_status status = CVR_OK;
    CVR_ASSERT(problem->intercept < 0 || problem->intercept == problem->X.cols - 1);
    *g = (cvr_graph){.problem = *problem, .factor = factor, .rho = 1, .relax = 1.6};
    g->slack = problem->X.type == CVR_DOUBLE ? 1e-12 : 1e-6;
    CVR_TRY(take_memory(g));
    cvr_graph_set_lambda(g, problem->lambda);
done:
    if (status != CVR_OK)
        cvr_graph_free(g);
    return status;
}

void cvr_graph_free(cvr_graph *g)
{
    cvr_mat *all[] = {&g->U, &g->V, &g->M, &g->B,  &g->S,  &g->R, &g->W,
                      &g->K, &g->A, &g->T, &g->L1, &g->PQ, &g->P, &g->Q};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cvr_mat_free(all[i]);
    *g = (cvr_graph){0};
}
