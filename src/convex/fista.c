/* Restarted accelerated proximal gradient for the gated program (R-FISTA).

       z  = x + ((t_old - 1) / t) (x - x_old),   t = (1 + sqrt(1 + 4 t_old^2)) / 2
       x+ = shrink( z - F'(F z - Y) / L, beta / L )
   with L raised until |F (x+ - z)|^2 <= L |x+ - z|^2, and t = 1 again whenever
   <z - x+, x+ - x> > 0 (O'Donoghue and Candes 2015, the gradient scheme). F is linear, so
   F z comes from F x and F x_old. F stands for J F with a free bias. Sources: Beck and
   Teboulle 2009; Mishkin, Sahiner and Pilanci 2022. */
#include <math.h>
#include <stdio.h>

#include "convex/balance.h"
#include "convex/convex.h"
#include "convex/ops.h"
#include "convex/sampled.h"
#include "linalg/ops.h"
#include "linalg/power.h"
#include "model/score.h"
#include "parallel/comm.h"

typedef struct fista {
    cvr_program p;
    cvr_certificate certificate;
    cvr_mat V, Old, New, Z, G;     /* x, the x before, the next, z, gradient: d x m */
    cvr_mat FV, FOld, FNew, FZ, R; /* F of the first four, and F z - Y: own rows x C */
    cvr_mat outputs;               /* own rows x C: the network's, in the user's unit */
    double L, t, tolerance;
    bool bounds;
} fista;

/* Y = F'F X. */
static cvr_status normal(void *ctx, cvr_mat Y, cvr_mat X)
{
    fista *s = ctx;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_apply(&s->p, s->R, X, NULL));
    cvr_gates_adjoint(&s->p, s->p.T, s->R);
    CVR_TRY(cvr_apply_adjoint(&s->p, Y, s->p.T));
    CVR_TRY(cvr_interrupt_check(s->p.comm));
done:
    return status;
}

/* The next x is x, x the one before. */
static void pass_on(cvr_mat *next, cvr_mat *x, cvr_mat *before)
{
    cvr_mat free = *before;
    *before = *x;
    *x = *next;
    *next = free;
}

/* z and F z. */
static void extrapolate(fista *s)
{
    double next = (1 + sqrt(1 + 4 * s->t * s->t)) / 2, momentum = (s->t - 1) / next;
    cvr_copy(s->Z, s->V);
    cvr_axpby(s->Z, -momentum, s->Old, 1 + momentum);
    cvr_copy(s->FZ, s->FV);
    cvr_axpby(s->FZ, -momentum, s->FOld, 1 + momentum);
    s->t = next;
}

static cvr_status form_gradient(fista *s)
{
    const cvr_program *p = &s->p;
    cvr_copy(s->R, s->FZ);
    cvr_axpby(s->R, -1, p->Y, 1);
    cvr_gates_adjoint(p, p->T, s->R);
    return cvr_apply_adjoint(p, s->G, p->T);
}

/* New = shrink(z - G / L, beta / L) and FNew; *enough: L was large enough for it. */
static cvr_status try_step(fista *s, bool *enough)
{
    const cvr_program *p = &s->p;
    double sums[2], room, rounding = s->V.type == CVR_DOUBLE ? 1e-24 : 1e-10;
    cvr_status status = CVR_OK;
    cvr_copy(s->New, s->Z);
    cvr_axpby(s->New, -1 / s->L, s->G, 1);
    cvr_group_soft_threshold(s->New, s->New, p->P, p->beta / s->L);
    CVR_TRY(cvr_program_apply(p, s->FNew, s->New, NULL));
    sums[0] = cvr_distance2(s->FNew, s->FZ);
    sums[1] = cvr_dot(s->FZ, s->FZ);
    CVR_TRY(cvr_allreduce_sum(p->comm, sums, 2));
    room = s->L * cvr_distance2(s->New, s->Z) + rounding * sums[1];
    *enough = !(sums[0] > room * (1 + 1e-3));
done:
    return status;
}

/* <z - x+, x+ - x> > 0: the momentum points against the descent. */
static bool overshoots(const fista *s)
{
    return cvr_dot(s->Z, s->V) - cvr_dot(s->Z, s->Old) - cvr_dot(s->V, s->V) +
               cvr_dot(s->V, s->Old) >
           0;
}

static cvr_status step(void *state)
{
    fista *s = state;
    double t = cvr_wall_seconds(), L = s->L, momentum = s->t;
    bool enough = false;
    cvr_status status = CVR_OK;
    extrapolate(s);
    t = cvr_phase_end(s->p.problem, CVR_PHASE_PROX, t);
    CVR_TRY(form_gradient(s));
    while (!enough) {
        CVR_TRY(cvr_interrupt_check(s->p.comm));
        CVR_TRY(try_step(s, &enough));
        s->L *= enough ? 1 : 1.5;
    }
    pass_on(&s->New, &s->V, &s->Old);
    pass_on(&s->FNew, &s->FV, &s->FOld);
    if (overshoots(s))
        s->t = 1;
    cvr_phase_end(s->p.problem, CVR_PHASE_PRIMAL, t);
done:
    if (status == CVR_INTERRUPTED) {
        s->L = L;
        s->t = momentum;
    }
    return status;
}

static cvr_mat weights(const fista *s, const double **mean)
{
    return cvr_certificate_answer(&s->certificate, s->V, mean);
}

/* The point itself is feasible and its residual a dual point. */
static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    const double *mean;
    fista *s = state;
    cvr_program *p = &s->p;
    const cvr_dataset *data = p->problem->train;
    cvr_score score;
    cvr_status status = CVR_OK;
    cvr_certificate_open(&s->certificate);
    CVR_TRY(cvr_certificate_upper(&s->certificate, s->V, s->bounds, 0));
    if (s->bounds)
        CVR_TRY(cvr_certificate_lower(&s->certificate, p->R, (cvr_mat){0}, 0));
    CVR_TRY(cvr_certificate_report(&s->certificate, progress));
    cvr_certificate_outputs(&s->certificate, s->outputs);
    CVR_TRY(cvr_score_outputs(s->outputs, data->Y, data->task, data->classes, 0, p->comm,
                              &score));
    progress->pattern_accuracy = score.accuracy;
    *outputs = s->outputs;
    cvr_recover_figures(p, weights(s, &mean), progress);
    snprintf(progress->solver, sizeof progress->solver, "fista");
    progress->primal_residual =
        cvr_relative(cvr_distance2(s->V, s->Old), cvr_dot(s->V, s->V));
    if (!s->bounds && s->tolerance > 0 && progress->primal_residual <= s->tolerance)
        progress->outcome = CVR_CONVERGED;
done:
    return status;
}

static cvr_status model(void *state, cvr_model *m)
{
    fista *s = state;
    const double *mean;
    cvr_mat V = weights(s, &mean);
    return cvr_recover(&s->p, V, mean, m);
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    fista *s = state;
    s->t = 1;
    s->bounds = cvr_certificate_wanted(cvr_convex_options_of(problem));
    s->tolerance = cvr_convex_options_of(problem)->run.tolerance;
    return cvr_program_pose(problem, &s->p);
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    fista *s = state;
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_lay_out(&s->p, w));
    cvr_lay(w, CVR_SHARED, "V", &s->V, p->d, p->m);
    cvr_lay(w, CVR_SHARED, "Old", &s->Old, p->d, p->m);
    CVR_LAY_SCRATCH(w, p->d, p->m, &s->New, &s->Z, &s->G);
    cvr_lay(w, CVR_ROWS, "FV", &s->FV, p->n, p->C);
    cvr_lay(w, CVR_ROWS, "FOld", &s->FOld, p->n, p->C);
    CVR_LAY_SCRATCH(w, p->n, p->C, &s->FNew, &s->FZ, &s->R, &s->outputs);
    cvr_lay_real(w, "L", &s->L);
    cvr_lay_real(w, "t", &s->t);
    CVR_TRY(cvr_certificate_lay_out(&s->certificate, p, s->bounds, w));
done:
    return status;
}

/* L starts at an estimate of |F|^2, from below. */
static cvr_status start(void *state)
{
    fista *s = state;
    cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_start(p, s->G));
    cvr_certificate_start(&s->certificate, (cvr_mat){0});
    cvr_gates_adjoint(p, p->T, p->Y);
    CVR_TRY(cvr_apply_adjoint(p, s->G, p->T));
    if (cvr_max_abs(s->G) == 0)
        cvr_fill(s->G, 1);
    CVR_TRY(cvr_power(normal, s, s->G, s->Old, 1e-3, 100, &s->L));
    s->L = s->L > 0 ? s->L : 1; /* all products are 0 */
    cvr_fill(s->Old, 0);
done:
    return status;
}

static cvr_status set_penalty(void *state, double relative)
{
    fista *s = state;
    s->p.beta = relative * s->p.beta_max;
    s->t = 1;
    cvr_certificate_reset(&s->certificate);
    return CVR_OK;
}

static void teardown(void *state)
{
    fista *s = state;
    cvr_certificate_free(&s->certificate);
    cvr_program_free(&s->p);
}

const cvr_method cvr_fista = {.info = {.name = "fista"},
                              .state_size = sizeof(fista),
                              .pose = pose,
                              .lay_out = lay_out,
                              .start = start,
                              .step = step,
                              .rolls_back = true,
                              .measure = measure,
                              .model = model,
                              .teardown = teardown,
                              .set_penalty = set_penalty,
                              .turns = true,
                              .weighs = true};
