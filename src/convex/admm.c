/* ADMM for the sampled convex program, in its Douglas-Rachford form.

       min  1/2 |F u - Y|^2 + beta |v|_{2,1} + I(s >= 0)
       s.t. u = v (penalty rho),  G u = s (penalty rho_s)

   Mv holds v + lambda and Ms holds s + nu, so
       v = shrink(Mv, beta / rho),  lambda = Mv - v,   v - lambda = 2 v - Mv,
       s = (Ms)_+,                  nu = (Ms)_-,       s - nu = |Ms|.
   One iteration:

       u:   (I (x) K + F'F / rho) u = F'Y / rho + 2 v - Mv + kappa G'|Ms|
       v:   Mv <- a u + (1 - a) v + lambda,    v <- shrink(Mv, beta / rho)
       s:   Ms <- a G u + (1 - a) s + nu

   a is the over-relaxation, kappa = rho_s / rho. Each penalty follows its own residuals.
   Sources: Feng, Shah and Abraham 2023; docs/mathematics.md for what differs. */
#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "convex/balance.h"
#include "convex/convex.h"
#include "convex/first_rho.h"
#include "convex/ops.h"
#include "convex/primal.h"
#include "convex/sampled.h"
#include "convex/units.h"
#include "linalg/ops.h"
#include "linalg/residual.h"
#include "model/score.h"
#include "parallel/comm.h"

typedef struct admm {
    cvr_program p; /* first */
    cvr_system system;
    cvr_primal primal;
    cvr_certificate certificate;
    cvr_mat U, V, Mv, B, FY; /* d x m; FY = F'J Y */
    cvr_mat delta;           /* d x C P */
    cvr_mat Before;          /* what the u-step starts at: delta, or U when gated */
    cvr_mat Ms;              /* own rows x m; empty when gated */
    cvr_mat F;               /* own rows x C: the network's outputs in the user's unit */
    double rho, rho_s, relaxation, inner_tolerance;
    cvr_residual in_v, in_s; /* of the last step */
    double residual,
        least_residual; /* the largest relative one; the least of these so far */
    int64_t iterations, next_balance, patience;
    bool adapt_rho, adapt_slack, bounds;
    bool unsure;   /* rho_s is a guess for rows that can be fitted */
    bool factored; /* for these penalties */
    double tolerance;
    double best; /* smallest gap (or residual) so far, and when */
    bool best_is_gap;
    int64_t best_at;
} admm;

/* ---- penalties --------------------------------------------------------------------- */

static cvr_status factor(admm *s)
{
    cvr_status status = CVR_OK;
    s->factored = false;
    CVR_TRY(cvr_system_set(&s->system, s->rho, s->rho_s / s->rho));
    CVR_TRY(cvr_primal_factor(&s->primal));
    s->factored = true;
done:
    return status;
}

/* New penalties; the scaled multipliers lambda = Mv - v and nu = (Ms)_- shrink as they
 * grow. */
static cvr_status set_penalties(admm *s, double rho, double rho_s)
{
    cvr_axpby(s->Mv, 1 - s->rho / rho, s->V, s->rho / rho);
    if (s->p.signs == 2)
        cvr_cone_rescale(s->Ms, s->rho_s / rho_s);
    s->rho = rho;
    s->rho_s = rho_s;
    cvr_note(CVR_LOG_DETAIL, "iteration %lld: rho %.3g, rho-slack %.3g",
             (long long)s->iterations, rho, rho_s);
    return factor(s);
}

/* Rarely where a factor costs more than some iterations, and ever more rarely. There was
   no memory for the last factor if it is not there. */
static cvr_status balance(admm *s)
{
    double by_v = s->adapt_rho ? cvr_balance(s->in_v) : 1;
    double by_s = s->adapt_slack ? cvr_balance(s->in_s) : 1;
    if (s->unsure && s->iterations >= s->next_balance) {
        by_s = fmin(fmax(cvr_relative(s->in_s.dual_of2, s->in_s.primal_of2) / 3, 1), 10);
        s->unsure = false;
    }
    if (s->iterations < s->next_balance)
        return s->factored ? CVR_OK : factor(s);
    s->next_balance += s->patience > s->iterations / 5 ? s->patience : s->iterations / 5;
    if (by_v == 1 && by_s == 1)
        return s->factored ? CVR_OK : factor(s);
    return set_penalties(s, s->rho * by_v, s->rho_s * by_s);
}

/* ---- one iteration ----------------------------------------------------------------- */

/* B = F'Y / rho + 2 v - Mv + kappa G'|Ms|. */
static cvr_status right_hand_side(admm *s)
{
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    if (p->signs == 2) {
        cvr_cone_target(p->T, p->D, s->Ms, s->system.kappa);
        CVR_TRY(cvr_apply_adjoint(p, s->B, p->T));
        cvr_axpby(s->B, 1 / s->rho, s->FY, 1);
    } else {
        cvr_axpby(s->B, 1 / s->rho, s->FY, 0);
    }
    cvr_axpby(s->B, 2, s->V, 1);
    cvr_axpby(s->B, -1, s->Mv, 1);
done:
    return status;
}

/* K sigma = b_p + b_q, A delta = b_p - b_q, u = (sigma + delta, sigma - delta) / 2. */
static cvr_status solve_pair(admm *s, double tolerance)
{
    const cvr_program *p = &s->p;
    cvr_mat difference = cvr_half(p, s->B, 0), sum = cvr_half(p, s->B, 1);
    cvr_mat v = cvr_half(p, s->U, 0), w = cvr_half(p, s->U, 1);
    cvr_status status = CVR_OK;
    cvr_axpby(sum, 1, difference, 1);
    cvr_axpby(difference, -1, sum, 2);
    cvr_system_solve_block(&s->system, sum);
    CVR_TRY(cvr_primal_solve(&s->primal, difference, s->delta, tolerance));
    cvr_axpby(v, 0.5, sum, 0);
    cvr_axpby(v, 0.5, s->delta, 1);
    cvr_axpby(w, 0.5, sum, 0);
    cvr_axpby(w, -0.5, s->delta, 1);
done:
    return status;
}

static cvr_mat first_guess(const admm *s)
{
    return s->p.signs == 2 ? s->delta : s->U;
}

/* A u-step that has been left: the guess is that of before, and Z is X u. */
static void take_back(admm *s)
{
    const cvr_program *p = &s->p;
    cvr_copy(first_guess(s), s->Before);
    if (p->signs == 2)
        cvr_gemm(p->Z, 1, CVR_N, p->X, CVR_N, s->U, 0);
}

/* The inner tolerance follows the residuals down to rounding, and never up: after new
   penalties a loose solve would keep the residuals large, and they the solve loose. */
static cvr_status primal_step(admm *s)
{
    double rounding = s->U.type == CVR_DOUBLE ? 1e-13 : 1e-6;
    double tolerance = fmax(rounding, s->inner_tolerance * s->least_residual);
    cvr_status status = CVR_OK;
    CVR_TRY(right_hand_side(s));
    cvr_copy(s->Before, first_guess(s));
    if (s->p.signs == 2)
        status = solve_pair(s, tolerance);
    else
        status = cvr_primal_solve(&s->primal, s->B, s->U, tolerance);
    if (status == CVR_INTERRUPTED)
        take_back(s);
done:
    return status;
}

/* Of a step's residuals: five for each part of the weights, then those of the cones. */
enum { SUMS = 5 };

/* Rows first .. first + count - 1 of the weights, shrunk by t. */
static void shrink_rows(admm *s, int64_t first, int64_t count, double t)
{
    const cvr_program *p = &s->p;
    int64_t half = p->C * p->P;
    for (int sign = 0; sign < p->signs; sign++) {
        cvr_mat M = cvr_mat_part(s->Mv, first, sign * half, count, half), sums;
        cvr_mat V = cvr_mat_part(s->V, first, sign * half, count, half);
        cvr_mat U = cvr_mat_part(s->U, first, sign * half, count, half);
        (void)cvr_figures_place(p->figures, SUMS, &sums);
        cvr_put_shrink_step(sums, M, V, U, p->P, s->relaxation, t);
    }
}

/* Thresholds have no penalty. */
static void shrink_step(admm *s)
{
    const cvr_program *p = &s->p;
    cvr_figures_clear(p->figures);
    shrink_rows(s, 0, p->w, p->beta / s->rho);
    if (p->w < p->d)
        shrink_rows(s, p->w, p->d - p->w, 0);
}

static void cone_step(admm *s)
{
    const cvr_program *p = &s->p;
    cvr_mat sums;
    if (p->signs == 1)
        return;
    (void)cvr_figures_place(p->figures, SUMS, &sums);
    cvr_gemm(p->Z, 1, CVR_N, p->X, CVR_N, s->U, 0);
    cvr_put_cone_step(sums, s->Ms, p->D, p->Z, s->relaxation);
}

/* The residuals of the step, which the host has waited for. */
static cvr_status take_residuals(admm *s)
{
    const cvr_program *p = &s->p;
    int parts = p->signs * (p->w < p->d ? 2 : 1);
    const double *sums = p->figures->x;
    cvr_figures_read(p->figures, 0);
    s->in_v = (cvr_residual){0};
    for (int k = 0; k < parts; k++)
        cvr_residual_add(&s->in_v, cvr_residual_of(sums + k * SUMS));
    if (p->signs == 1)
        return CVR_OK;
    s->in_s = cvr_residual_of(sums + parts * SUMS);
    return cvr_share_residual(p->comm, &s->in_s);
}

static double primal_residual(const admm *s)
{
    return fmax(cvr_relative(s->in_v.primal2, s->in_v.primal_of2),
                cvr_relative(s->in_s.primal2, s->in_s.primal_of2));
}

static double dual_residual(const admm *s)
{
    return fmax(cvr_relative(s->in_v.dual2, s->in_v.dual_of2),
                cvr_relative(s->in_s.dual2, s->in_s.dual_of2));
}

static cvr_status step(void *state)
{
    admm *s = state;
    const cvr_problem *q = s->p.problem;
    cvr_status status = CVR_OK;
    double t = cvr_wall_seconds();
    CVR_TRY(balance(s));
    CVR_TRY(primal_step(s));
    t = cvr_phase_end(q, CVR_PHASE_PRIMAL, t);
    shrink_step(s);
    t = cvr_phase_end(q, CVR_PHASE_PROX, t);
    cone_step(s);
    CVR_TRY(take_residuals(s));
    cvr_phase_end(q, CVR_PHASE_DUAL, t);
    s->residual = fmax(primal_residual(s), dual_residual(s));
    s->least_residual = fmin(s->least_residual, s->residual);
    s->iterations++;
done:
    return status;
}

/* ---- measuring --------------------------------------------------------------------- */

/* Single precision has a floor that no iteration passes. When nothing has improved for as
   long as it took to get there, say so and stop. The first gap starts the watch anew. */
static void watch_for_a_stall(admm *s, cvr_progress *progress)
{
    bool bounded = !isnan(progress->gap);
    double now = bounded ? progress->gap : s->residual;
    if (now < 0.98 * s->best || s->best_at == 0 || bounded != s->best_is_gap) {
        s->best = now;
        s->best_at = s->iterations;
        s->best_is_gap = bounded;
    }
    if (s->U.type != CVR_SINGLE || s->iterations < 50 + 2 * s->best_at)
        return;
    progress->outcome = CVR_STOPPED;
    snprintf(progress->note, sizeof progress->note,
             "single precision does not reach a %s below %.1e: use --precision double",
             bounded ? "gap" : "residual", s->best);
}

static void judge(admm *s, cvr_progress *progress)
{
    progress->primal_residual = primal_residual(s);
    progress->dual_residual = dual_residual(s);
    if (isnan(s->residual))
        progress->outcome = CVR_DIVERGED;
    else if (!s->bounds && s->tolerance > 0 && s->residual <= s->tolerance)
        progress->outcome = CVR_CONVERGED;
    else
        watch_for_a_stall(s, progress);
}

/* sign(F u) with the patterns fixed and u outside the cones: the sources' accuracy. ReLU:
   X u is still there from the cone step. Leaves J F u in p->R. */
static cvr_status pattern_accuracy(admm *s, double *accuracy)
{
    const cvr_program *p = &s->p;
    const cvr_dataset *data = p->problem->train;
    cvr_score score;
    cvr_status status = CVR_OK;
    if (p->signs == 2)
        CVR_TRY(cvr_combine(p, p->R, NULL));
    else
        CVR_TRY(cvr_program_apply(p, p->R, s->U, NULL));
    cvr_copy(s->F, p->R);
    cvr_in_user_units(p, s->F);
    CVR_TRY(
        cvr_score_outputs(s->F, data->Y, data->task, data->classes, 0, p->comm, &score));
    *accuracy = score.accuracy;
done:
    return status;
}

static cvr_mat weights(const admm *s, const double **mean)
{
    return cvr_certificate_answer(&s->certificate, s->V, mean);
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    admm *s = state;
    const double *mean;
    cvr_program *p = &s->p;
    cvr_certificate *c = &s->certificate;
    cvr_status status = CVR_OK;
    cvr_certificate_open(c);
    CVR_TRY(pattern_accuracy(s, &progress->pattern_accuracy));
    if (s->bounds)
        CVR_TRY(cvr_certificate_lower(c, p->R, s->Ms, s->rho_s));
    CVR_TRY(cvr_certificate_upper(c, s->V, s->bounds, 50 + 2 * s->iterations));
    CVR_TRY(cvr_certificate_report(c, progress));
    cvr_certificate_outputs(c, s->F);
    *outputs = s->F;
    cvr_recover_figures(p, weights(s, &mean), progress);
    snprintf(progress->solver, sizeof progress->solver, "admm %s", s->primal.way->name);
    judge(s, progress);
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

/* Numbers that later iterations depend on. */
static void lay_out_numbers(admm *s, cvr_workspace *w)
{
    if (s->p.signs == 2)
        cvr_lay_choice(w, "splitting", "slack");
    cvr_lay_choice(w, "primal", s->primal.way->name);
    cvr_lay_real(w, "rho", &s->rho);
    cvr_lay_real(w, "rho_s", &s->rho_s);
    cvr_lay_residual(w, "in_v", &s->in_v);
    cvr_lay_residual(w, "in_s", &s->in_s);
    cvr_lay_real(w, "residual", &s->residual);
    cvr_lay_real(w, "least_residual", &s->least_residual);
    cvr_lay_count(w, "iterations", &s->iterations);
    cvr_lay_count(w, "next_balance", &s->next_balance);
    cvr_lay_real(w, "best", &s->best);
    cvr_lay_switch(w, "best_is_gap", &s->best_is_gap);
    cvr_lay_switch(w, "unsure", &s->unsure);
    cvr_lay_count(w, "best_at", &s->best_at);
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    admm *s = state;
    const cvr_program *p = &s->p;
    int64_t half = p->C * p->P;
    cvr_status status = CVR_OK;
    w->what = s->primal.way->name;
    lay_out_numbers(s, w);
    CVR_TRY(cvr_program_lay_out(&s->p, w));
    cvr_lay(w, CVR_SHARED, "U", &s->U, p->d, p->m);
    cvr_lay(w, CVR_SHARED, "V", &s->V, p->d, p->m);
    cvr_lay(w, CVR_SHARED, "Mv", &s->Mv, p->d, p->m);
    CVR_LAY_SCRATCH(w, p->d, p->m, &s->B, &s->FY);
    if (p->signs == 2) {
        cvr_lay(w, CVR_SHARED, "delta", &s->delta, p->d, half);
        cvr_lay(w, CVR_ROWS, "Ms", &s->Ms, p->n, p->m);
    }
    CVR_LAY_SCRATCH(w, p->d, half, &s->Before);
    CVR_LAY_SCRATCH(w, p->n, p->C, &s->F);
    cvr_system_lay_out(&s->system, p, w);
    CVR_TRY(cvr_primal_lay_out(&s->primal, &s->system, w));
    CVR_TRY(cvr_certificate_lay_out(&s->certificate, p, s->bounds, w));
done:
    return status;
}

/* Whether every process has the memory for a direct u-step. */
static cvr_status direct_fits(admm *s, bool *fits)
{
    const cvr_program *p = &s->p;
    cvr_workspace w;
    double lacks;
    cvr_status status = CVR_OK;
    cvr_workspace_init(&w, p->X.device, p->X.type, "the u-step");
    s->primal.way = cvr_primal_auto(p, true);
    status = lay_out(s, &w);
    CVR_TRY(cvr_allreduce_status(p->comm, status == CVR_OK ? w.status : status));
    lacks = !cvr_workspace_fits(&w, p->comm);
    CVR_TRY(cvr_allreduce_max(p->comm, &lacks, 1));
    *fits = lacks == 0;
done:
    cvr_workspace_free(&w);
    return status;
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    admm *s = state;
    const cvr_convex_options *o = cvr_convex_options_of(problem);
    bool fits;
    cvr_status status = CVR_OK;
    s->residual = s->least_residual = 1;
    s->relaxation = o->over_relaxation;
    s->inner_tolerance = o->inner_tolerance;
    s->tolerance = o->run.tolerance;
    s->bounds = cvr_certificate_wanted(o);
    CVR_TRY(cvr_program_pose(problem, &s->p));
    s->primal.way = cvr_primal_named(o);
    if (!s->primal.way) {
        CVR_TRY(direct_fits(s, &fits));
        s->primal.way = cvr_primal_auto(&s->p, fits);
    }
done:
    return status;
}

/* No more rows than columns: the targets can be fitted but for what beta costs, residuals
   of about |Y| beta / beta_max, and multipliers of the cones are as small. Where rows are
   alike less is fitted; the first multipliers tell. Measured, see docs/mathematics.md. */
static void wide_penalties(admm *s, double size)
{
    const cvr_program *p = &s->p;
    if (p->problem->rows > p->d || !(p->beta > 0) || !(size > 0))
        return;
    if (s->adapt_rho)
        s->rho = 0.5 * p->beta / size;
    if (s->adapt_slack)
        s->rho_s = fmin(1, 5 * p->beta / p->beta_max);
    s->unsure = s->adapt_slack;
}

/* rho_s = 1 has the unit of the loss. */
static cvr_status first_penalties(admm *s)
{
    const cvr_program *p = &s->p;
    const cvr_convex_options *o = cvr_convex_options_of(p->problem);
    double size, rho;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_first_rho(p, &size, &rho));
    s->rho = o->rho;
    s->rho_s = o->rho_slack;
    s->adapt_rho = s->rho == 0;
    s->adapt_slack = p->signs == 2 && s->rho_s == 0;
    if (s->rho == 0)
        s->rho = rho;
    if (s->rho_s == 0)
        s->rho_s = 1;
    wide_penalties(s, size);
    cvr_note(CVR_LOG_DETAIL, "rho %.3g, rho-slack %.3g", s->rho, s->rho_s);
done:
    return status;
}

/* An iteration is about 12 n d m flops: a new factor is worth some of them. */
static int64_t patience(const admm *s)
{
    const cvr_program *p = &s->p;
    double iteration = 12.0 * (double)p->problem->rows * (double)p->d * (double)p->m;
    return 10 + (int64_t)(2 * cvr_primal_flops(p, s->primal.way) / (iteration + 1));
}

static cvr_status start(void *state)
{
    admm *s = state;
    cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_start(p, s->B));
    CVR_TRY(cvr_system_start(&s->system));
    cvr_certificate_start(&s->certificate, s->system.XX);
    CVR_TRY(cvr_primal_start(&s->primal));
    cvr_gates_adjoint(p, p->T, p->Y);
    CVR_TRY(cvr_apply_adjoint(p, s->FY, p->T));
    CVR_TRY(cvr_interrupt_check(p->comm));
    CVR_TRY(first_penalties(s));
    s->patience = s->next_balance = patience(s);
    CVR_TRY(factor(s));
done:
    return status;
}

/* Z is X u, which measuring takes over from the cone step. */
static cvr_status restored(void *state)
{
    admm *s = state;
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_certificate_restored(&s->certificate));
    if (p->signs == 2)
        cvr_gemm(p->Z, 1, CVR_N, p->X, CVR_N, s->U, 0);
    CVR_TRY(factor(s));
done:
    return status;
}

static cvr_status set_penalty(void *state, double relative)
{
    admm *s = state;
    s->p.beta = relative * s->p.beta_max;
    cvr_certificate_reset(&s->certificate);
    s->best_at = 0;
    s->next_balance = s->iterations + s->patience;
    return CVR_OK;
}

static cvr_status model(void *state, cvr_model *m)
{
    admm *s = state;
    const double *mean;
    cvr_mat V = weights(s, &mean);
    return cvr_recover(&s->p, V, mean, m);
}

static void teardown(void *state)
{
    admm *s = state;
    cvr_certificate_free(&s->certificate);
    cvr_program_free(&s->p);
}

const cvr_method cvr_admm = {.info = {.name = "admm"},
                             .state_size = sizeof(admm),
                             .pose = pose,
                             .lay_out = lay_out,
                             .start = start,
                             .restored = restored,
                             .step = step,
                             .rolls_back = true,
                             .measure = measure,
                             .model = model,
                             .teardown = teardown,
                             .set_penalty = set_penalty,
                             .turns = true,
                             .weighs = true};
