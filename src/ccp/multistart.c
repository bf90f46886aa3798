/* F is not convex. Each start goes downhill until F hardly falls; the best weights of
   each output are kept. Graph-form ADMM then polishes them until the convex majoriser
   that touches F there is solved: until its gap is closed.

   Starts, in this order: the best weights so far (along a path of penalties), zero, the
   least-squares fit of each output to its rows with y > 0, along the axis on which F
   falls first from zero, and random ones. */
#include "ccp/multistart.h"

#include <math.h>

#include "base/random.h"
#include "ccp/lambda_max.h"
#include "ccp/offset.h"
#include "ccp/ops.h"
#include "ccp/terms.h"
#include "linalg/ops.h"
#include "solver/remark.h"

/* ---- the best of several starts ---------------------------------------------------- */

const cvr_ccp_descent *cvr_multistart_current(const cvr_multistart *s)
{
    return s->stage == CVR_SEARCHING   ? s->search
           : s->stage == CVR_POLISHING ? s->polisher
                                       : NULL;
}

cvr_status cvr_multistart_evaluate(cvr_multistart *s, cvr_mat U, double *F)
{
    const cvr_ccp *p = &s->ccp;
    cvr_status status = CVR_OK;
    if (cvr_count_nonzero(U) > 0)
        cvr_gemm(s->F, 1, CVR_N, p->X, CVR_N, U, 0);
    else
        cvr_fill(s->F, 0);
    if (p->offset)
        CVR_TRY(cvr_ccp_best_offset(&s->ccp, s->F));
    for (int64_t c = 0; c < p->C; c++) {
        cvr_mat f = cvr_mat_cols(s->F, c, 1);
        F[c] = cvr_relu_distance2(f, f, 0, cvr_mat_cols(p->Y, c, 1));
    }
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, F, (int)p->C));
    cvr_copy(s->Start, U);
    cvr_terms_penalty(s->Start, p->graph.L1, p->graph.P);
    for (int64_t c = 0; c < p->C; c++)
        F[c] += cvr_get(p->graph.P, c, 0);
done:
    return status;
}

double cvr_multistart_total(const cvr_multistart *s, const double *F)
{
    double sum = 0;
    for (int64_t c = 0; c < s->ccp.C; c++)
        sum += F[c];
    return sum;
}

/* Keeps the outputs that the current weights have made better. */
static void keep_better(cvr_multistart *s)
{
    const cvr_ccp_descent *now = cvr_multistart_current(s);
    for (int64_t c = 0; c < s->ccp.C; c++) {
        if (!(now->F[c] < s->best[c]))
            continue;
        s->best[c] = now->F[c];
        if (s->ccp.offset)
            s->best_b[c] = s->ccp.b[c];
        cvr_copy(cvr_mat_cols(s->Best, c, 1), cvr_mat_cols(now->U, c, 1));
    }
}

static double current_total(const cvr_multistart *s)
{
    return cvr_multistart_total(s, cvr_multistart_current(s)->F);
}

/* N(0, 1) in columns of RMS 1, times the size of Y: from scratch, then added to the best
   at falling sizes, in turn. */
static void draw(cvr_multistart *s)
{
    enum { SIZES = 6 };
    const cvr_problem *q = s->ccp.problem;
    int64_t turn = s->starts % SIZES;
    double size = sqrt(s->size2 / (s->ccp.total * (double)(s->ccp.d * s->ccp.C)));
    cvr_random_normal(s->Start, q->seed, CVR_FOR_STARTS, s->starts * s->ccp.d);
    cvr_scale_rows(s->Start, s->ccp.graph.factor.unscale);
    cvr_scale(s->Start, turn == 0 ? size : size * pow(0.5, (double)turn - 2));
    if (turn > 0)
        cvr_axpby(s->Start, 1, s->Best, 1);
}

/* ---- from start to start --------------------------------------------------------- */

/* With offsets there is a fit for each of some levels: of the rows above it, with the
   level for an offset. */
static cvr_status fit(cvr_multistart *s)
{
    cvr_ccp *p = &s->ccp;
    int64_t level = s->fits - s->left[CVR_START_LEAST_SQUARES];
    for (int64_t c = 0; c < p->C && p->offset; c++)
        cvr_ccp_set_offset(p, c, s->levels[c * CVR_LEVELS + level]);
    return s->algorithm->least_squares(s->search, s->Start);
}

/* Start = the first weights of a kind. */
static cvr_status choose_start(cvr_multistart *s, int kind)
{
    cvr_status status = CVR_OK;
    if (kind == CVR_START_ZERO)
        cvr_fill(s->Start, 0);
    else if (kind == CVR_START_LEAST_SQUARES)
        CVR_TRY(fit(s));
    else if (kind == CVR_START_RANDOM)
        draw(s);
    else
        cvr_copy(s->Start, kind == CVR_START_COORDINATE ? s->Coordinate : s->Best);
    if (s->ccp.offset) {
        cvr_gemm(s->F, 1, CVR_N, s->ccp.X, CVR_N, s->Start, 0);
        CVR_TRY(cvr_ccp_best_offset(&s->ccp, s->F));
    }
    s->left[kind]--;
    s->starts++;
    s->outer = 0;
done:
    return status;
}

static cvr_status begin(cvr_multistart *s, int kind)
{
    cvr_status status = CVR_OK;
    CVR_TRY(choose_start(s, kind));
    CVR_TRY(s->algorithm->start(s->search, s->Start));
    s->stage = CVR_SEARCHING;
    s->objective = current_total(s);
done:
    return status;
}

/* Graph-form ADMM from U, until the gap is closed. */
static cvr_status polish(cvr_multistart *s, cvr_mat U)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ccp_graph.start(s->polisher, U));
    s->ccp.stale = true;
    s->stage = CVR_POLISHING;
    s->objective = current_total(s);
    s->outer = 0;
done:
    return status;
}

/* Weights that are zero but for the intercept may be proved to be best. */
static cvr_status finish(cvr_multistart *s)
{
    const cvr_ccp *p = &s->ccp;
    int64_t features = p->graph.problem.intercept;
    double lower = 0, upper = cvr_multistart_total(s, s->best);
    cvr_status status = CVR_OK;
    s->stage = CVR_FINISHED;
    if (features < 0 ||
        cvr_count_nonzero(cvr_mat_part(s->Best, 0, 0, features, p->C)) > 0)
        return CVR_OK;
    const cvr_lambda_rows rows = {cvr_mat_cols(p->X, 0, features), p->T, p->root};
    CVR_TRY(cvr_lambda_max(&rows, p->offset ? CVR_WITH_OFFSET : CVR_WITH_INTERCEPT,
                           p->problem->comm, (cvr_mat){0}, &s->zero_from, &lower));
    s->zero = p->lambda >= s->zero_from;
    if (s->zero)
        s->bounds = (cvr_graph_bounds){upper, lower, cvr_relative_gap(upper, lower)};
done:
    return status;
}

static cvr_status polish_best(cvr_multistart *s)
{
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < s->ccp.C && s->ccp.offset; c++)
        cvr_ccp_set_offset(&s->ccp, c, s->best_b[c]);
    CVR_TRY(polish(s, s->Best));
    CVR_TRY(cvr_graph_gap(&s->ccp.graph, &s->bounds));
    if (s->bounds.gap <= s->ccp.tolerance && (s->settled || !s->ccp.offset))
        CVR_TRY(finish(s));
done:
    return status;
}

static int next_kind(const cvr_multistart *s)
{
    int kind = 0;
    while (kind < CVR_START_KINDS && s->left[kind] <= 0)
        kind++;
    return kind;
}

/* All weights are zero and nothing proves it: the axis along which F falls first is worth
   a start. */
static bool stuck_at_zero(const cvr_multistart *s)
{
    int64_t rows = s->ccp.d - s->ccp.offset;
    return s->starts > 0 && !s->coordinate_tried &&
           cvr_count_nonzero(cvr_mat_part(s->Best, 0, 0, rows, s->ccp.C)) == 0;
}

/* The next start, or the polishing. A single start of `graph' is polishing throughout. */
cvr_status cvr_multistart_next(cvr_multistart *s)
{
    cvr_status status = CVR_OK;
    if (stuck_at_zero(s))
        s->left[CVR_START_COORDINATE] = 1;
    int kind = next_kind(s);
    s->coordinate_tried = s->coordinate_tried || kind == CVR_START_COORDINATE;
    if (kind == CVR_START_KINDS)
        return polish_best(s);
    if (s->algorithm != &cvr_ccp_graph || s->several)
        return begin(s, kind);
    CVR_TRY(choose_start(s, kind));
    CVR_TRY(polish(s, s->Start));
done:
    return status;
}

/* F never rises: a majoriser touches it where it begins. */
static cvr_status check(cvr_multistart *s)
{
    double now = current_total(s);
    double rounding = s->ccp.X.type == CVR_DOUBLE ? 1e-9 : 1e-3;
    cvr_status status = CVR_OK;
    if (!isfinite(now))
        CVR_FAIL(CVR_NUMERICAL, "ccp: the objective is no longer finite");
    if (now > s->objective * (1 + rounding))
        CVR_FAIL(CVR_NUMERICAL, "ccp: the objective rose from %.17g to %.17g",
                 s->objective, now);
    s->objective = now;
done:
    return status;
}

static cvr_status search_step(cvr_multistart *s)
{
    bool stalled = false;
    cvr_status status = CVR_OK;
    CVR_TRY(s->algorithm->step(s->search, &stalled));
    CVR_TRY(check(s));
    s->settled = stalled;
    if (!stalled && ++s->outer < s->most)
        return CVR_OK;
    keep_better(s);
    CVR_TRY(cvr_multistart_next(s));
done:
    return status;
}

bool cvr_multistart_converged(const cvr_multistart *s)
{
    double most = s->ccp.tolerance;
    bool split = s->primal <= most && s->dual <= most;
    bool solved = s->ccp.lambda > 0 ? s->bounds.gap <= most : split;
    return solved && (s->settled || !s->ccp.offset || s->zero);
}

static cvr_status polish_step(cvr_multistart *s)
{
    bool stalled = false;
    double before = s->objective;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ccp_graph.step(s->polisher, &stalled));
    CVR_TRY(check(s));
    CVR_TRY(cvr_graph_gap(&s->ccp.graph, &s->bounds));
    CVR_TRY(cvr_graph_residuals(&s->ccp.graph, &s->primal, &s->dual));
    s->settled = before - s->objective <= s->ccp.tolerance * before;
    if (!cvr_multistart_converged(s) && ++s->outer < s->most)
        return CVR_OK;
    keep_better(s);
    s->stage = CVR_FINISHED;
    if (stuck_at_zero(s))
        CVR_TRY(cvr_multistart_next(s));
    else
        CVR_TRY(finish(s));
done:
    return status;
}

cvr_status cvr_multistart_step(cvr_multistart *s)
{
    return s->stage == CVR_SEARCHING   ? search_step(s)
           : s->stage == CVR_POLISHING ? polish_step(s)
                                       : CVR_OK;
}

/* ---- the list ---------------------------------------------------------------------- */

static void list_numbers(cvr_multistart *s, cvr_workspace *w)
{
    static const char *const kinds[CVR_START_KINDS] = {
        "from_best", "from_zero", "from_fit", "from_axes", "from_random"};
    cvr_lay_choice(w, "solver", s->algorithm->name);
    for (int i = 0; i < CVR_START_KINDS; i++)
        cvr_lay_count(w, kinds[i], &s->left[i]);
    cvr_lay_integer(w, "starts", &s->starts, 0, INT32_MAX);
    cvr_lay_integer(w, "stage", &s->stage, CVR_SEARCHING, CVR_FINISHED);
    cvr_lay_count(w, "outer", &s->outer);
    const struct {
        const char *name;
        double *x;
    } reals[] = {{"lambda", &s->lambda},       {"objective", &s->objective},
                 {"zero_from", &s->zero_from}, {"upper", &s->bounds.upper},
                 {"lower", &s->bounds.lower},  {"gap", &s->bounds.gap},
                 {"primal", &s->primal},       {"dual", &s->dual},
                 {"tolerance", &s->tolerance}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        cvr_lay_real(w, reals[i].name, reals[i].x);
    cvr_lay_switch(w, "zero", &s->zero);
    cvr_lay_switch(w, "several", &s->several);
    cvr_lay_switch(w, "axes_tried", &s->coordinate_tried);
    cvr_lay_switch(w, "still", &s->settled);
    cvr_lay_switch(w, "disturbed", &s->ccp.stale);
    cvr_lay_switch(w, "formed", &s->ccp.graph.factor.needed);
}

static cvr_status list_offsets(cvr_multistart *s, cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lay_array(w, (void **)&s->best_b, s->ccp.C, sizeof *s->best_b));
    CVR_TRY(
        cvr_lay_array(w, (void **)&s->levels, s->ccp.C * CVR_LEVELS, sizeof *s->levels));
    cvr_lay_reals(w, "best_offsets", s->best_b, s->ccp.C);
    CVR_TRY(cvr_units_lay_out(&s->units, w, s->ccp.C));
    CVR_TRY(cvr_ccp_offset_lay_out(&s->ccp, w));
done:
    return status;
}

/* An algorithm, and its part of the list. */
static cvr_status list_algorithm(cvr_multistart *s, const cvr_ccp_algorithm *a,
                                 const char *part, cvr_ccp_descent **state,
                                 cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lay_array(w, (void **)state, 1, a->state_size));
    (*state)->ccp = &s->ccp;
    cvr_workspace_push(w, part, 0);
    CVR_TRY(a->lay_out(*state, w));
    cvr_workspace_pop(w);
done:
    return status;
}

/* Rows, targets, and what they are times. */
static void list_scaled(cvr_multistart *s, cvr_workspace *w)
{
    cvr_ccp *p = &s->ccp;
    int64_t n = p->X.rows;
    CVR_LAY_SCRATCH(w, n, p->d, &p->X);
    CVR_LAY_SCRATCH(w, n, p->C, &p->T);
    CVR_LAY_SCRATCH(w, n, 1, &p->root, &p->unroot);
}

cvr_status cvr_multistart_lay_out(void *state, cvr_workspace *w)
{
    cvr_multistart *s = state;
    const cvr_ccp *p = &s->ccp;
    cvr_status status = CVR_OK;
    list_numbers(s, w);
    CVR_TRY(cvr_lay_array(w, (void **)&s->best, p->C, sizeof *s->best));
    cvr_lay_reals(w, "best", s->best, p->C);
    cvr_lay(w, CVR_SHARED, "Best", &s->Best, p->d, p->C);
    CVR_LAY_SCRATCH(w, p->d, p->C, &s->Start, &s->Coordinate);
    CVR_LAY_SCRATCH(w, p->X.rows, p->C, &s->F);
    CVR_LAY_SCRATCH(w, p->C, 1, &s->B);
    if (p->problem->W.data)
        list_scaled(s, w);
    if (p->offset)
        CVR_TRY(list_offsets(s, w));
    cvr_workspace_push(w, "graph", 0);
    cvr_graph_lay_out(&s->ccp.graph, w);
    cvr_workspace_pop(w);
    CVR_TRY(list_algorithm(s, s->algorithm, "search", &s->search, w));
    CVR_TRY(list_algorithm(s, &cvr_ccp_graph, "polish", &s->polisher, w));
done:
    return status;
}

/* A search that has ended is polished further when the tolerance is smaller now. */
static void reopen(cvr_multistart *s)
{
    double before = s->tolerance;
    s->tolerance = s->ccp.tolerance;
    if (s->stage == CVR_FINISHED && !s->zero && s->tolerance < before &&
        !cvr_multistart_converged(s)) {
        s->stage = CVR_POLISHING;
        s->outer = 0;
    }
}

cvr_status cvr_multistart_restored(void *state)
{
    cvr_multistart *s = state;
    cvr_ccp *p = &s->ccp;
    cvr_status status = CVR_OK;
    p->lambda = s->lambda;
    cvr_graph_set_lambda(&p->graph, s->lambda);
    for (int64_t c = 0; c < p->C && p->offset; c++)
        cvr_ccp_set_offset(p, c, p->b[c]);
    if (p->graph.factor.needed)
        CVR_TRY(cvr_graph_factor_form(&p->graph.factor));
    reopen(s);
done:
    return status;
}
