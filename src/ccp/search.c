/* Each start goes downhill until F hardly falls; the best weights of each output stay.
   Graph-form ADMM then polishes them until the gap of the majoriser that touches F there
   is closed. */
#include "ccp/search.h"

#include <math.h>

#include "base/random.h"
#include "ccp/terms.h"
#include "linalg/ops.h"

/* ---- the best of several starts -----------------------------------------------------
 */

cvr_mat cvr_search_at_hand(const cvr_search *s)
{
    return s->stage == CVR_SEARCHING   ? s->algorithm->weights(s->state)
           : s->stage == CVR_POLISHING ? cvr_ccp_graph.weights(s->polisher)
                                       : s->Best;
}

/* F of each output at these. */
static const double *objectives(const cvr_search *s)
{
    return s->stage == CVR_SEARCHING   ? s->algorithm->objectives(s->state)
           : s->stage == CVR_POLISHING ? cvr_ccp_graph.objectives(s->polisher)
                                       : s->best;
}

/* F of each output at U, with the best offsets. */
cvr_status cvr_search_evaluate(cvr_search *s, cvr_mat U, double *F)
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

double cvr_search_total(const cvr_search *s, const double *F)
{
    double sum = 0;
    for (int64_t c = 0; c < s->ccp.C; c++)
        sum += F[c];
    return sum;
}

/* Takes over the outputs that the weights at hand have made better. */
static void keep(cvr_search *s)
{
    cvr_mat U = cvr_search_at_hand(s);
    const double *now = objectives(s);
    for (int64_t c = 0; c < s->ccp.C; c++) {
        if (!(now[c] < s->best[c]))
            continue;
        s->best[c] = now[c];
        if (s->ccp.offset)
            s->best_b[c] = s->ccp.b[c];
        cvr_copy(cvr_mat_cols(s->Best, c, 1), cvr_mat_cols(U, c, 1));
    }
}

/* N(0, 1) in columns of RMS 1, times the size of Y: from scratch, then added to the best
   at falling sizes, in turn. */
static void draw(cvr_search *s)
{
    enum { SIZES = 6 };
    const cvr_problem *q = s->ccp.problem;
    int64_t turn = s->starts % SIZES;
    double size = sqrt(s->size2 / (double)(q->rows * s->ccp.d * s->ccp.C));
    cvr_random_normal(s->Start, q->seed, CVR_FOR_STARTS, s->starts * s->ccp.d);
    cvr_scale_rows(s->Start, s->ccp.factor.unscale);
    cvr_scale(s->Start, turn == 0 ? size : size * pow(0.5, (double)turn - 2));
    if (turn > 0)
        cvr_axpby(s->Start, 1, s->Best, 1);
}

/* ---- from start to start -------------------------------------------------------------
 */

/* With offsets there is a fit for each of some levels: of the rows above it, with the
   level for an offset. */
static cvr_status fit(cvr_search *s)
{
    cvr_ccp *p = &s->ccp;
    int64_t level = s->fits - s->left[CVR_FROM_FIT];
    for (int64_t c = 0; c < p->C && p->offset; c++)
        cvr_ccp_set_offset(p, c, s->levels[c * CVR_LEVELS + level]);
    return s->algorithm->least_squares(s->state, s->Start);
}

/* Start = the first weights of a kind. */
static cvr_status choose_start(cvr_search *s, int kind)
{
    cvr_status status = CVR_OK;
    if (kind == CVR_FROM_ZERO)
        cvr_fill(s->Start, 0);
    else if (kind == CVR_FROM_FIT)
        CVR_TRY(fit(s));
    else if (kind == CVR_FROM_RANDOM)
        draw(s);
    else
        cvr_copy(s->Start, kind == CVR_FROM_AXES ? s->Axes : s->Best);
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

static cvr_status begin(cvr_search *s, int kind)
{
    cvr_status status = CVR_OK;
    CVR_TRY(choose_start(s, kind));
    CVR_TRY(s->algorithm->start(s->state, s->Start));
    s->stage = CVR_SEARCHING;
    s->objective = cvr_search_total(s, objectives(s));
done:
    return status;
}

/* Graph-form ADMM from U, until the gap is closed. */
static cvr_status polish(cvr_search *s, cvr_mat U)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ccp_graph.start(s->polisher, U));
    s->ccp.disturbed = true;
    s->stage = CVR_POLISHING;
    s->objective = cvr_search_total(s, objectives(s));
    s->outer = 0;
done:
    return status;
}

/* Weights that are zero but for the intercept may be proved to be best. */
static cvr_status finish(cvr_search *s)
{
    const cvr_ccp *p = &s->ccp;
    int64_t features = p->graph.problem.intercept;
    double lower = 0, upper = cvr_search_total(s, s->best);
    cvr_status status = CVR_OK;
    s->stage = CVR_SEARCHED;
    if (features < 0 ||
        cvr_count_nonzero(cvr_mat_part(s->Best, 0, 0, features, p->C)) > 0)
        return CVR_OK;
    CVR_TRY(cvr_terms_zero(cvr_mat_cols(p->X, 0, features), p->problem->Y,
                           p->offset ? CVR_WITH_OFFSET : CVR_WITH_INTERCEPT,
                           p->problem->comm, (cvr_mat){0}, &s->zero_from, &lower));
    s->zero = p->lambda >= s->zero_from;
    if (s->zero)
        s->bounds = (cvr_graph_bounds){upper, lower, cvr_relative_gap(upper, lower)};
done:
    return status;
}

static cvr_status polish_best(cvr_search *s)
{
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < s->ccp.C && s->ccp.offset; c++)
        cvr_ccp_set_offset(&s->ccp, c, s->best_b[c]);
    CVR_TRY(polish(s, s->Best));
    CVR_TRY(cvr_graph_gap(&s->ccp.graph, &s->bounds));
    if (s->bounds.gap <= s->ccp.tolerance && (s->still || !s->ccp.offset))
        CVR_TRY(finish(s));
done:
    return status;
}

static int next_kind(const cvr_search *s)
{
    int kind = 0;
    while (kind < CVR_KINDS && s->left[kind] <= 0)
        kind++;
    return kind;
}

/* All weights are zero and nothing proves it: the axis along which F falls first is worth
   a start. */
static bool stuck_at_zero(const cvr_search *s)
{
    int64_t rows = s->ccp.d - s->ccp.offset;
    return s->starts > 0 && !s->axes_tried &&
           cvr_count_nonzero(cvr_mat_part(s->Best, 0, 0, rows, s->ccp.C)) == 0;
}

/* The next start, or the polishing. A single start of `graph' is polishing throughout. */
cvr_status cvr_search_go_on(cvr_search *s)
{
    cvr_status status = CVR_OK;
    if (stuck_at_zero(s))
        s->left[CVR_FROM_AXES] = 1;
    int kind = next_kind(s);
    s->axes_tried = s->axes_tried || kind == CVR_FROM_AXES;
    if (kind == CVR_KINDS)
        return polish_best(s);
    if (s->algorithm != &cvr_ccp_graph || s->several)
        return begin(s, kind);
    CVR_TRY(choose_start(s, kind));
    CVR_TRY(polish(s, s->Start));
done:
    return status;
}

/* F never rises: a majoriser touches it where it begins. */
static cvr_status check(cvr_search *s)
{
    double now = cvr_search_total(s, objectives(s));
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

static cvr_status search_step(cvr_search *s)
{
    bool stalled = false;
    cvr_status status = CVR_OK;
    CVR_TRY(s->algorithm->step(s->state, &stalled));
    CVR_TRY(check(s));
    s->still = stalled;
    if (!stalled && ++s->outer < s->most)
        return CVR_OK;
    keep(s);
    CVR_TRY(cvr_search_go_on(s));
done:
    return status;
}

bool cvr_search_solved(const cvr_search *s)
{
    double most = s->ccp.tolerance;
    bool split = s->primal <= most && s->dual <= most;
    bool solved = s->ccp.lambda > 0 ? s->bounds.gap <= most : split;
    return solved && (s->still || !s->ccp.offset || s->zero);
}

static cvr_status polish_step(cvr_search *s)
{
    bool stalled = false;
    double before = s->objective;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ccp_graph.step(s->polisher, &stalled));
    CVR_TRY(check(s));
    CVR_TRY(cvr_graph_gap(&s->ccp.graph, &s->bounds));
    CVR_TRY(cvr_graph_residuals(&s->ccp.graph, &s->primal, &s->dual));
    s->still = before - s->objective <= s->ccp.tolerance * before;
    if (!cvr_search_solved(s) && ++s->outer < s->most)
        return CVR_OK;
    keep(s);
    s->stage = CVR_SEARCHED;
    if (stuck_at_zero(s))
        CVR_TRY(cvr_search_go_on(s));
    else
        CVR_TRY(finish(s));
done:
    return status;
}

cvr_status cvr_search_step(cvr_search *s)
{
    return s->stage == CVR_SEARCHING   ? search_step(s)
           : s->stage == CVR_POLISHING ? polish_step(s)
                                       : CVR_OK;
}

/* ---- keeping ------------------------------------------------------------------------
 */

static void keep_numbers(cvr_search *s, cvr_archive *k)
{
    static const char *const kinds[CVR_KINDS] = {"from_best", "from_zero", "from_fit",
                                                 "from_axes", "from_random"};
    int64_t stage = s->stage;
    cvr_archive_choice(k, "solver", s->algorithm->name);
    cvr_archive_real(k, "lambda", &s->lambda);
    cvr_archive_real(k, "objective", &s->objective);
    for (int i = 0; i < CVR_KINDS; i++)
        cvr_archive_count(k, kinds[i], &s->left[i]);
    cvr_archive_integer(k, "starts", &s->starts, 0, INT32_MAX);
    cvr_archive_count(k, "outer", &s->outer);
    cvr_archive_switch(k, "zero", &s->zero);
    cvr_archive_real(k, "zero_from", &s->zero_from);
    cvr_archive_switch(k, "several", &s->several);
    cvr_archive_switch(k, "axes_tried", &s->axes_tried);
    cvr_archive_integer(k, "stage", &stage, CVR_SEARCHING, CVR_SEARCHED);
    cvr_archive_real(k, "upper", &s->bounds.upper);
    cvr_archive_real(k, "lower", &s->bounds.lower);
    cvr_archive_real(k, "gap", &s->bounds.gap);
    cvr_archive_real(k, "primal", &s->primal);
    cvr_archive_real(k, "dual", &s->dual);
    cvr_archive_switch(k, "still", &s->still);
    cvr_archive_switch(k, "disturbed", &s->ccp.disturbed);
    s->stage = (cvr_search_stage)stage;
}

/* A search that has come to its end goes on polishing when the tolerance is smaller now.
 */
static void reopen(cvr_search *s, double tolerance_then)
{
    if (s->stage == CVR_SEARCHED && !s->zero && s->ccp.tolerance < tolerance_then &&
        !cvr_search_solved(s)) {
        s->stage = CVR_POLISHING;
        s->outer = 0;
    }
}

static void keep_matrices(cvr_search *s, cvr_archive *k)
{
    cvr_archive_reals(k, "best", s->best, s->ccp.C);
    cvr_archive_mat(k, "Best", s->Best);
    if (s->ccp.offset) {
        cvr_archive_reals(k, "best_offsets", s->best_b, s->ccp.C);
        cvr_archive_reals(k, "offsets", s->ccp.b, s->ccp.C);
    }
    cvr_archive_push(k, "graph", 0);
    cvr_graph_serialize(&s->ccp.graph, k);
    cvr_archive_pop(k);
    cvr_archive_push(k, "search", 0);
    s->algorithm->keep(s->state, k);
    cvr_archive_pop(k);
    cvr_archive_push(k, "polish", 0);
    cvr_ccp_graph.keep(s->polisher, k);
    cvr_archive_pop(k);
}

cvr_status cvr_multistart_serialize(cvr_search *s, cvr_archive *k)
{
    cvr_ccp *p = &s->ccp;
    bool formed = p->factor.formed;
    double tolerance = p->tolerance;
    cvr_status status = CVR_OK;
    keep_numbers(s, k);
    keep_matrices(s, k);
    cvr_archive_switch(k, "formed", &formed);
    cvr_archive_real(k, "tolerance", &tolerance);
    CVR_TRY(cvr_archive_status(k));
    if (!cvr_archive_restoring(k))
        return CVR_OK;
    p->lambda = s->lambda;
    cvr_graph_set_lambda(&p->graph, s->lambda);
    for (int64_t c = 0; c < p->C && p->offset; c++)
        cvr_ccp_set_offset(p, c, p->b[c]);
    if (formed)
        CVR_TRY(cvr_graph_factor_form(p->X, &p->factor));
    reopen(s, tolerance);
done:
    return status;
}
