/* Douglas-Rachford splitting of the sampled program with exact projections on the cones,
   accelerated.

       min  1/2 |F u - Y|^2 + h(v)   s.t.  u = v (penalty rho),
       h(v) = beta |v|_{2,1} + I(G v >= 0)

   M holds v + lambda, v = prox_{h / rho}(M). One iteration, alpha the over-relaxation:

       u:   (I + F'F / rho) u = F'Y / rho + x,  x = 2 v - M:   u = x + F'r / rho,
            r = rho (rho I + F F')^{-1} (Y - F x) = Y - F u
       M:   M <- M + alpha (u - v), then Anderson's extrapolation
       v:   v <- prox_{h / rho}(M)

   Another loss (misfit.h) has predictions of its own, z = F u + 1 b' (penalty rho_z), and
   Mz = z + eta: with q = 2 z - Mz

       u:   u = x + F'a,  a = (rho / rho_z I + F F')^{-1} (q - F x - 1 b'),  1'a = 0,
            F u + 1 b' = q - (rho / rho_z) a
       Mz:  Mz <- Mz + alpha (F u + 1 b' - z),   z <- prox of the loss at Mz

   and the dual point rho_z (z - Mz). The gated program has no cones, and v is shrunk.
   With alpha / 2 |u|^2 besides, v is divided by 1 + alpha / rho: prox of h + alpha / 2
   |v|^2, as h(k v) = k h(v). A ridge alone (beta = 0) has rho = alpha: then x = 0, and
   the u-step is its solution for given predictions.

   v is feasible at each iteration, and r and the multipliers of the cones at v are a dual
   point: m_i = |F_i'r + rho (v_i / e_i - M_i)| with v / e as in cones.h. Sources:
   Eckstein and Bertsekas 1992; Zhang, O'Donoghue and Boyd 2020; docs/mathematics.md. */
#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "convex/anderson.h"
#include "convex/balance.h"
#include "convex/cones.h"
#include "convex/convex.h"
#include "convex/coupling.h"
#include "convex/first_rho.h"
#include "convex/ops.h"
#include "convex/ridge.h"
#include "convex/sampled.h"
#include "model/score.h"
#include "parallel/comm.h"

typedef struct projection {
    cvr_program p; /* first */
    cvr_coupling coupling;
    cvr_cones cones;
    cvr_anderson history;
    cvr_certificate certificate;
    cvr_mat U, V, M, Old; /* d x m; Old: v of before, and work */
    cvr_mat E;            /* d x C P */
    cvr_mat R, Q;         /* own rows x C: a, and F u + 1 b' of the last u-step; work */
    cvr_mat Dual;         /* own rows x C: r, or the multiplier of the loss */
    cvr_mat z, Mz;        /* own rows x C: of another loss */
    cvr_mat F;            /* own rows x C: the network's outputs in the user's unit */
    cvr_mat XX;           /* X'X, d x d, for points inside cones */
    double rho, rho_z, relaxation, tolerance, residual;
    cvr_residual in_v, in_z;
    int64_t iterations, next_balance, patience;
    bool adapt, bounds;
    bool ridge;  /* gated-ridge: its penalty is the elastic one */
    double best; /* smallest gap (or residual) so far, and when */
    int64_t best_at;
} projection;

static double primal_residual(const projection *s)
{
    return fmax(cvr_relative(s->in_v.primal2, s->in_v.primal_of2),
                cvr_relative(s->in_z.primal2, s->in_z.primal_of2));
}

static double dual_residual(const projection *s)
{
    return fmax(cvr_relative(s->in_v.dual2, s->in_v.dual_of2),
                cvr_relative(s->in_z.dual2, s->in_z.dual_of2));
}

/* ---- one iteration ----------------------------------------------------------------- */

static double shift(const projection *s)
{
    return s->p.misfit.other ? s->rho / s->rho_z : s->rho;
}

/* Scaled multipliers shrink as penalties grow. */
static cvr_status set_penalties(projection *s, double rho, double rho_z)
{
    double k = s->rho / rho, k_z = s->rho_z / rho_z;
    cvr_axpby(s->M, 1 - k, s->V, k);
    if (s->p.misfit.other)
        cvr_axpby(s->Mz, 1 - k_z, s->z, k_z);
    if (s->p.signs == 2)
        cvr_cones_scale(&s->cones, k);
    cvr_anderson_forget(&s->history);
    s->rho = rho;
    s->rho_z = rho_z;
    cvr_note(CVR_LOG_DETAIL, "iteration %lld: rho %.3g, of the loss %.3g",
             (long long)s->iterations, rho, rho_z);
    return cvr_coupling_factor(&s->coupling, shift(s));
}

static cvr_status balance(projection *s)
{
    double by_v = s->adapt ? cvr_balance(s->in_v) : 1;
    double by_z = s->p.misfit.other ? cvr_balance(s->in_z) : 1;
    if (s->iterations < s->next_balance)
        return CVR_OK;
    s->next_balance += s->patience > s->iterations / 5 ? s->patience : s->iterations / 5;
    return by_v == 1 && by_z == 1 ? CVR_OK
                                  : set_penalties(s, s->rho * by_v, s->rho_z * by_z);
}

/* R = F x for x in U, and E = x_v - x_w. */
static void predict(projection *s)
{
    const cvr_program *p = &s->p;
    cvr_mat Z = cvr_half(p, p->Z, 0);
    cvr_copy(s->E, cvr_half(p, s->U, 0));
    if (p->signs == 2)
        cvr_axpby(s->E, -1, cvr_half(p, s->U, 1), 1);
    cvr_gemm(Z, 1, CVR_N, p->X, CVR_N, s->E, 0);
    cvr_gated_sum(s->R, p->D, Z);
}

/* U = x + F'a, Q = F u + 1 b' = q - shift a, which is Y - r for the squared loss. */
static cvr_status primal_step(projection *s)
{
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    cvr_copy(s->U, s->V);
    cvr_axpby(s->U, -1, s->M, 2);
    predict(s);
    cvr_copy(s->Q, p->misfit.other ? s->z : p->Y);
    if (p->misfit.other)
        cvr_axpby(s->Q, -1, s->Mz, 2);
    cvr_axpby(s->R, 1, s->Q, -1);
    CVR_TRY(cvr_centre(p, s->R, NULL));
    CVR_TRY(cvr_coupling_solve(&s->coupling, s->R, s->E));
    CVR_TRY(cvr_interrupt_check(p->comm));
    cvr_axpby(cvr_half(p, s->U, 0), 1, s->E, 1);
    if (p->signs == 2)
        cvr_axpby(cvr_half(p, s->U, 1), -1, s->E, 1);
    cvr_axpby(s->Q, -shift(s), s->R, 1);
    if (!p->misfit.other)
        cvr_axpby(s->Dual, s->rho, s->R, 0);
done:
    return status;
}

/* Residuals of what was u and is V, and of predictions; U and Q are u and F u + 1 b'. */
static cvr_status take_primal(projection *s)
{
    double sums[3] = {0};
    cvr_status status = CVR_OK;
    s->in_v.primal2 = cvr_distance2(s->U, s->V);
    s->in_v.primal_of2 = fmax(cvr_dot(s->U, s->U), cvr_dot(s->V, s->V));
    if (!s->p.misfit.other)
        return CVR_OK;
    sums[0] = cvr_distance2(s->Q, s->z);
    sums[1] = cvr_dot(s->Q, s->Q);
    sums[2] = cvr_dot(s->z, s->z);
    CVR_TRY(cvr_allreduce_sum(s->p.comm, sums, 3));
    s->in_z.primal2 = sums[0];
    s->in_z.primal_of2 = fmax(sums[1], sums[2]);
done:
    return status;
}

/* The map's values in M and Mz, extrapolated. */
static cvr_status accelerate(projection *s)
{
    const double weights[] = {s->p.misfit.other ? s->rho : 1, s->rho_z};
    cvr_mat to[] = {s->M, s->Mz}, by[] = {s->U, s->Q};
    cvr_axpby(s->U, -s->relaxation, s->V, s->relaxation);
    cvr_axpby(s->M, 1, s->U, 1);
    if (s->p.misfit.other) {
        cvr_axpby(s->Q, -s->relaxation, s->z, s->relaxation);
        cvr_axpby(s->Mz, 1, s->Q, 1);
    }
    return cvr_anderson_step(&s->history, to, by, weights);
}

/* Each row of M, over all columns, in V. */
static void shrink_rows(projection *s, double t)
{
    for (int64_t k = 0; k < s->p.d; k++)
        cvr_group_soft_threshold(cvr_mat_part(s->V, k, 0, 1, s->p.m),
                                 cvr_mat_part(s->M, k, 0, 1, s->p.m), 1, t);
}

/* v and z from M and Mz. */
static cvr_status proximal_step(projection *s)
{
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    if (p->signs == 2)
        CVR_TRY(cvr_cones_project(&s->cones, s->V, s->M, p->beta / s->rho));
    else if (p->by_feature)
        shrink_rows(s, p->beta / s->rho);
    else
        cvr_group_soft_threshold(s->V, s->M, p->groups, p->beta / s->rho);
    cvr_scale(s->V, 1 / (1 + p->elastic / s->rho));
    if (p->misfit.other) {
        cvr_copy(s->z, s->Mz);
        cvr_misfit_nearest(&p->misfit, s->z, s->Dual, s->rho_z);
    }
done:
    return status;
}

/* Old and Q are what V and z were. */
static cvr_status take_dual(projection *s)
{
    double sums[2] = {0};
    cvr_status status = CVR_OK;
    s->in_v.dual2 = cvr_distance2(s->V, s->Old);
    s->in_v.dual_of2 = cvr_distance2(s->M, s->V);
    if (s->p.misfit.other) {
        sums[0] = cvr_distance2(s->z, s->Q);
        sums[1] = cvr_distance2(s->Mz, s->z);
        CVR_TRY(cvr_allreduce_sum(s->p.comm, sums, 2));
    }
    s->in_z.dual2 = sums[0];
    s->in_z.dual_of2 = sums[1];
    s->residual = fmax(primal_residual(s), dual_residual(s));
done:
    return status;
}

static cvr_status step(void *state)
{
    projection *s = state;
    const cvr_problem *q = s->p.problem;
    double t = cvr_wall_seconds();
    cvr_status status = CVR_OK;
    CVR_TRY(balance(s));
    CVR_TRY(primal_step(s));
    t = cvr_phase_end(q, CVR_PHASE_PRIMAL, t);
    CVR_TRY(take_primal(s));
    CVR_TRY(accelerate(s));
    t = cvr_phase_end(q, CVR_PHASE_DUAL, t);
    cvr_copy(s->Old, s->V);
    if (s->p.misfit.other)
        cvr_copy(s->Q, s->z);
    CVR_TRY(proximal_step(s));
    CVR_TRY(take_dual(s));
    cvr_phase_end(q, CVR_PHASE_PROX, t);
    s->iterations++;
done:
    return status;
}

/* ---- measuring --------------------------------------------------------------------- */

/* Single precision has a floor that no iteration passes: when nothing has improved for as
   long as it took to get there, say so and stop. */
static void watch_for_a_stall(projection *s, cvr_progress *progress)
{
    double now = isnan(progress->gap) ? s->residual : progress->gap;
    if (now < 0.98 * s->best || s->best_at == 0) {
        s->best = now;
        s->best_at = s->iterations;
    }
    if (s->V.type != CVR_SINGLE || s->iterations < 100 + 2 * s->best_at)
        return;
    progress->outcome = CVR_STOPPED;
    snprintf(progress->note, sizeof progress->note,
             "single precision does not reach a %s below %.1e: use --precision double",
             isnan(progress->gap) ? "residual" : "gap", s->best);
}

static void judge(projection *s, cvr_progress *progress)
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

static cvr_mat weights(const projection *s, const double **mean)
{
    return cvr_certificate_answer(&s->certificate, s->V, mean);
}

/* From the dual point in Q, and the multipliers of the cones, which belong to it within
   the residuals: what is left of their sum counts in the bound. */
static cvr_status lower_bound(projection *s)
{
    const cvr_program *p = &s->p;
    cvr_certificate *c = &s->certificate;
    cvr_status status = CVR_OK;
    if (p->misfit.other)
        CVR_TRY(cvr_misfit_repair(&p->misfit, s->Q));
    CVR_TRY(cvr_certificate_dual(c, s->Q));
    if (p->signs == 2)
        CVR_TRY(cvr_cones_multipliers(&s->cones, p->T, s->rho));
    CVR_TRY(cvr_certificate_lower_of(c, s->Q));
done:
    return status;
}

/* Dual points: of the u-step, or the multipliers of the loss; and the slopes at V. */
static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    projection *s = state;
    cvr_program *p = &s->p;
    cvr_certificate *c = &s->certificate;
    const cvr_dataset *data = p->problem->train;
    const double *mean;
    cvr_score score;
    cvr_status status = CVR_OK;
    cvr_certificate_open(c);
    if (s->bounds) {
        cvr_copy(s->Q, s->Dual);
        CVR_TRY(lower_bound(s));
    }
    CVR_TRY(cvr_certificate_upper(c, s->V, s->bounds, 50 + 2 * s->iterations));
    if (s->bounds && p->misfit.other && isfinite(p->misfit.loss.curvature)) {
        cvr_misfit_slopes(&p->misfit, p->R, s->Q);
        CVR_TRY(lower_bound(s));
    }
    CVR_TRY(cvr_certificate_report(c, progress));
    cvr_certificate_outputs(c, s->F);
    CVR_TRY(
        cvr_score_outputs(s->F, data->Y, data->task, data->classes, 0, p->comm, &score));
    progress->pattern_accuracy = score.accuracy;
    *outputs = s->F;
    cvr_recover_figures(p, weights(s, &mean), progress);
    snprintf(progress->solver, sizeof progress->solver, "admm %s",
             p->signs == 2 ? "projection" : "direct");
    judge(s, progress);
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

/* There will be bounds of points in cones. */
static bool cones_bounded(const projection *s)
{
    return s->bounds && s->p.signs == 2;
}

static void lay_out_numbers(projection *s, cvr_workspace *w)
{
    cvr_lay_choice(w, "splitting", "projection");
    if (s->ridge)
        cvr_lay_real(w, "elastic", &s->p.elastic);
    cvr_lay_real(w, "rho", &s->rho);
    cvr_lay_real(w, "rho_z", &s->rho_z);
    cvr_lay_residual(w, "in_v", &s->in_v);
    cvr_lay_residual(w, "in_z", &s->in_z);
    cvr_lay_real(w, "residual", &s->residual);
    cvr_lay_count(w, "iterations", &s->iterations);
    cvr_lay_count(w, "next_balance", &s->next_balance);
    cvr_lay_real(w, "best", &s->best);
    cvr_lay_count(w, "best_at", &s->best_at);
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    projection *s = state;
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    w->what = "projection";
    lay_out_numbers(s, w);
    CVR_TRY(cvr_program_lay_out(&s->p, w));
    cvr_lay(w, CVR_SHARED, "V", &s->V, p->d, p->m);
    cvr_lay(w, CVR_SHARED, "M", &s->M, p->d, p->m);
    cvr_lay(w, CVR_ROWS, "dual", &s->Dual, p->n, p->C);
    if (p->misfit.other) {
        cvr_lay(w, CVR_ROWS, "z", &s->z, p->n, p->C);
        cvr_lay(w, CVR_ROWS, "Mz", &s->Mz, p->n, p->C);
    }
    CVR_LAY_SCRATCH(w, p->d, p->m, &s->U, &s->Old);
    CVR_LAY_SCRATCH(w, p->d, p->C * p->P, &s->E);
    CVR_LAY_SCRATCH(w, p->n, p->C, &s->R, &s->Q, &s->F);
    CVR_LAY_SCRATCH(w, p->d, cones_bounded(s) ? p->d : 0, &s->XX);
    cvr_coupling_lay_out(&s->coupling, p, w);
    if (p->signs == 2)
        CVR_TRY(cvr_cones_lay_out(&s->cones, p, w));
    s->history.parts = 0;
    cvr_anderson_lay_out(&s->history, p->comm, false, p->d, p->m, w);
    if (p->misfit.other)
        cvr_anderson_lay_out(&s->history, p->comm, true, p->n, p->C, w);
    CVR_TRY(cvr_certificate_lay_out(&s->certificate, p, s->bounds, w));
done:
    return status;
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    projection *s = state;
    const cvr_convex_options *o = cvr_convex_options_of(problem);
    s->residual = s->rho_z = 1;
    s->relaxation = o->over_relaxation;
    s->tolerance = o->run.tolerance;
    s->bounds = cvr_certificate_wanted(o);
    s->ridge = cvr_convex_formulation(o, problem->train) == CVR_GATED_RIDGE;
    return cvr_program_pose(problem, &s->p);
}

/* An iteration is about 8 n d m flops. */
static int64_t patience(const projection *s)
{
    const cvr_program *p = &s->p;
    double iteration = 8.0 * (double)p->problem->rows * (double)p->d * (double)p->m;
    return 10 + (int64_t)(2 * cvr_coupling_flops(p) / (iteration + 1));
}

static cvr_status form_gram(projection *s)
{
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    if (!cones_bounded(s))
        return CVR_OK;
    cvr_gram(s->XX, 1, CVR_T, p->X, 0);
    CVR_TRY(cvr_allreduce(p->comm, s->XX));
    CVR_TRY(cvr_interrupt_check(p->comm));
done:
    return status;
}

/* At the best constants, with a penalty of the loss's curvature. */
static void begin_predictions(projection *s)
{
    const cvr_program *p = &s->p;
    for (int64_t c = 0; c < p->C; c++)
        cvr_fill(cvr_mat_cols(s->Mz, c, 1), p->misfit.b0[c]);
    cvr_copy(s->z, s->Mz);
    s->rho_z = p->misfit.total / (double)p->problem->rows *
               (p->misfit.loss.curvature < 1 ? 0.25 : 1);
    cvr_misfit_nearest(&p->misfit, s->z, s->Dual, s->rho_z);
}

static void set_ridge(projection *s, double alpha)
{
    s->p.elastic = s->rho = alpha;
    s->p.beta = 0;
}

static cvr_status start_ridge(projection *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_ridge_penalty(&s->p));
    set_ridge(s, s->p.beta);
done:
    return status;
}

static cvr_status start(void *state)
{
    projection *s = state;
    cvr_program *p = &s->p;
    const cvr_convex_options *o = cvr_convex_options_of(p->problem);
    double size;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_start(p, s->U));
    CVR_TRY(form_gram(s));
    cvr_certificate_start(&s->certificate, s->XX);
    s->certificate.exact = p->signs == 2;
    if (p->signs == 2)
        CVR_TRY(cvr_cones_start(&s->cones));
    CVR_TRY(cvr_coupling_start(&s->coupling));
    CVR_TRY(cvr_interrupt_check(p->comm));
    CVR_TRY(cvr_first_rho(p, &size, &s->rho));
    s->adapt = o->rho == 0 && !s->ridge;
    if (o->rho > 0)
        s->rho = o->rho;
    if (s->ridge)
        CVR_TRY(start_ridge(s));
    s->patience = s->next_balance = patience(s);
    if (p->misfit.other)
        begin_predictions(s);
    CVR_TRY(cvr_coupling_factor(&s->coupling, shift(s)));
done:
    return status;
}

static cvr_status restored(void *state)
{
    projection *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_certificate_restored(&s->certificate));
    if (s->p.signs == 2)
        CVR_TRY(cvr_cones_restored(&s->cones));
    CVR_TRY(cvr_coupling_factor(&s->coupling, shift(s)));
done:
    return status;
}

/* Begins anew: its u-step depends on the penalty. */
static cvr_status set_ridge_again(projection *s)
{
    cvr_fill(s->V, 0);
    cvr_fill(s->M, 0);
    set_ridge(s, s->p.beta);
    cvr_certificate_reset(&s->certificate);
    cvr_anderson_forget(&s->history);
    s->best_at = 0;
    s->next_balance = s->iterations + s->patience;
    return cvr_coupling_factor(&s->coupling, shift(s));
}

static cvr_status set_penalty(void *state, double relative)
{
    projection *s = state;
    s->p.beta = relative * s->p.beta_max;
    if (s->ridge && !(s->p.beta > 0))
        return cvr_fail(CVR_USAGE, "penalty %g: gated-ridge needs a penalty above 0",
                        relative);
    if (s->ridge)
        return set_ridge_again(s);
    cvr_certificate_reset(&s->certificate);
    cvr_anderson_forget(&s->history);
    s->best_at = 0;
    s->next_balance = s->iterations + s->patience;
    return CVR_OK;
}

static cvr_status model(void *state, cvr_model *m)
{
    projection *s = state;
    const double *mean;
    cvr_mat V = weights(s, &mean);
    return cvr_recover(&s->p, V, mean, m);
}

static void teardown(void *state)
{
    projection *s = state;
    cvr_certificate_free(&s->certificate);
    cvr_program_free(&s->p);
}

const cvr_method cvr_projection = {.info = {.name = "projection"},
                                   .state_size = sizeof(projection),
                                   .pose = pose,
                                   .lay_out = lay_out,
                                   .start = start,
                                   .restored = restored,
                                   .step = step,
                                   .measure = measure,
                                   .model = model,
                                   .teardown = teardown,
                                   .set_penalty = set_penalty,
                                   .weighs = true,
                                   .turns = true};
