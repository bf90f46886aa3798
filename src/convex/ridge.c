/* The gated program with 1/2 beta |u|^2 in place of the group norm: one linear solve.

   Dual, n x n:   (F F' + beta I) a = Y,  u = F'a,   F F' = (X X') o (D D')
   Primal, d P:   (F'F + beta I) u = F'Y
   A free bias: dual (F F' + beta I) a + 1 b' = Y with 1'a = 0, primal with J F for F.
   Weighted rows are taken times sqrt(omega), the ones too (program.h).
   Each further step refines: the residual of the dual system is solved for and added.
   Gap: primal 1/2 |F u - Y|^2 + beta/2 |u|^2, dual at theta = beta a (1'a = 0):
        <theta, Y> - 1/2 |theta|^2 - 1/(2 beta) |F'theta|^2;
   their difference is 1/2 |Y - F u - beta a|^2 + beta/2 |u - F'a|^2. */
#include <math.h>
#include <stdio.h>

#include "base/bytes.h"
#include "convex/convex.h"
#include "convex/dual_gram.h"
#include "convex/ridge.h"
#include "convex/sampled.h"
#include "convex/units.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "model/score.h"
#include "parallel/comm.h"

typedef struct ridge {
    cvr_program p;
    cvr_dual_gram kernel;
    cvr_mat a, r, V, B; /* own rows x C twice; u: d x m; B: d x m, primal form only */
    cvr_mat outputs;    /* own rows x C: the network's */
    double *mean;       /* C: of F u */
    cvr_mat FF, A;      /* primal form: F'F and the factor, d P x d P */
    bool dual, started;
    double gap, before;
} ridge;

static cvr_status mean_eigenvalue(const cvr_program *p, double *mean)
{
    enum { BLOCK = 1024 };
    int64_t block = p->n < BLOCK ? p->n : BLOCK;
    cvr_mat S = {0}, w = {0};
    cvr_status status = CVR_OK;
    *mean = 0;
    CVR_TRY(cvr_mat_new(p->X.device, p->X.type, block, p->d, &S));
    CVR_TRY(cvr_mat_new(p->X.device, p->X.type, block, 1, &w));
    for (int64_t i = 0; i < p->n; i += block) {
        cvr_mat X = cvr_mat_rows(p->X, i, block), D = cvr_mat_rows(p->D, i, block);
        cvr_mat x = cvr_mat_rows(S, 0, X.rows), active = cvr_mat_rows(w, 0, X.rows);
        cvr_copy(x, X);
        cvr_gated_sum(active, D, D); /* how many gates are open, without BLAS */
        cvr_square_root(active);
        cvr_scale_rows(x, active);
        *mean += cvr_dot(x, x) / p->total;
    }
done:
    CVR_MATS_FREE(&S, &w);
    return status;
}

cvr_status cvr_ridge_penalty(cvr_program *p)
{
    const cvr_convex_options *o = cvr_convex_options_of(p->problem);
    double mean;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(p->comm, mean_eigenvalue(p, &mean)));
    CVR_TRY(cvr_allreduce_sum(p->comm, &mean, 1));
    CVR_TRY(cvr_interrupt_check(p->comm));
    p->beta_max = mean;
    p->beta = CVR_GIVEN(o, beta) ? o->beta : o->beta_relative * mean;
    if (!(p->beta > 0))
        CVR_FAIL(CVR_USAGE, "--beta %g: gated-ridge needs a penalty above 0", p->beta);
done:
    return status;
}

/* ---- one step ---------------------------------------------------------------------- */

/* r = Y - F u; the first step starts at u = 0. */
static cvr_status residual(ridge *s)
{
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    cvr_fill(s->r, 0);
    if (s->started)
        CVR_TRY(cvr_program_apply(p, s->r, s->V, NULL));
    cvr_axpby(s->r, 1, p->Y, -1);
    s->started = true;
done:
    return status;
}

/* a += (F F' + beta I)^{-1} (Y - F u - beta a), u = F'a. */
static cvr_status dual_step(ridge *s)
{
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    CVR_TRY(residual(s));
    cvr_axpby(s->r, -p->beta, s->a, 1);
    CVR_TRY(cvr_dual_gram_solve(&s->kernel, s->r));
    cvr_axpby(s->a, 1, s->r, 1);
    CVR_TRY(cvr_centre(p, s->a, NULL)); /* of rounding */
    cvr_gates_adjoint(p, p->T, s->a);
    CVR_TRY(cvr_apply_adjoint(p, s->V, p->T));
done:
    return status;
}

/* u += (F'F + beta I)^{-1} (F'(Y - F u) - beta u). */
static cvr_status primal_step(ridge *s)
{
    const cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    CVR_TRY(residual(s));
    cvr_gates_adjoint(p, p->T, s->r);
    CVR_TRY(cvr_apply_adjoint(p, s->B, p->T));
    cvr_axpby(s->B, -p->beta, s->V, 1);
    cvr_potrs(s->A, cvr_mat_reshape(s->B, p->d * p->P, p->C));
    cvr_axpby(s->V, 1, s->B, 1);
done:
    return status;
}

static cvr_status step(void *state)
{
    ridge *s = state;
    double t = cvr_wall_seconds();
    cvr_status status = s->dual ? dual_step(s) : primal_step(s);
    cvr_phase_end(s->p.problem, CVR_PHASE_PRIMAL, t);
    return status;
}

/* ---- measuring --------------------------------------------------------------------- */

/* Primal minus dual value, as a sum of squares: no cancellation. One of the two is 0, by
   u = F'a or by the choice of a here; r = J F u. */
static cvr_status difference(ridge *s, double *gap)
{
    const cvr_program *p = &s->p;
    cvr_mat product = s->dual ? s->V : s->B; /* F'a */
    cvr_status status = CVR_OK;
    cvr_copy(p->R, p->Y);
    cvr_axpby(p->R, -1, s->r, 1);
    CVR_TRY(cvr_centre(p, p->R, NULL)); /* of rounding */
    if (!s->dual)
        cvr_axpby(s->a, 1 / p->beta, p->R, 0);
    cvr_gates_adjoint(p, p->T, s->a);
    if (!s->dual)
        CVR_TRY(cvr_apply_adjoint(p, s->B, p->T));
    CVR_TRY(cvr_verify_adjoint(&p->verifier, "the lower bound", product, p->T));
    if (!s->dual) {
        *gap = p->beta / 2 * cvr_distance2(s->B, s->V);
        return CVR_OK;
    }
    cvr_axpby(p->R, -p->beta, s->a, 1);
    *gap = cvr_dot(p->R, p->R) / 2;
    CVR_TRY(cvr_allreduce_sum(p->comm, gap, 1));
done:
    return status;
}

static void judge(ridge *s, cvr_progress *progress)
{
    bool worse = s->gap >= s->before / 2;
    s->before = s->gap;
    if (!worse)
        return;
    progress->outcome = CVR_STOPPED;
    snprintf(progress->note, sizeof progress->note,
             "refinement does not reach a gap below %.1e in %s precision", s->gap,
             s->V.type == CVR_SINGLE ? "single" : "double");
}

/* The network's outputs in the user's unit, and how good they are: the patterns' too. */
static cvr_status give_outputs(ridge *s, double *accuracy)
{
    const cvr_program *p = &s->p;
    const cvr_dataset *data = p->problem->train;
    cvr_score score;
    cvr_status status = CVR_OK;
    cvr_copy(s->outputs, s->r);
    cvr_in_user_units(p, s->outputs);
    CVR_TRY(cvr_score_outputs(s->outputs, data->Y, data->task, data->classes, 0, p->comm,
                              &score));
    *accuracy = score.accuracy;
done:
    return status;
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    ridge *s = state;
    cvr_program *p = &s->p;
    double tolerance = cvr_convex_options_of(p->problem)->run.tolerance;
    double square = p->unit * p->unit, value, gap;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_apply(p, s->r, s->V, s->mean));
    CVR_TRY(cvr_verify_forward(&p->verifier, "the upper bound", p->Z, s->V));
    CVR_TRY(give_outputs(s, &progress->pattern_accuracy));
    *outputs = s->outputs;
    cvr_recover_figures(p, s->V, progress);
    snprintf(progress->solver, sizeof progress->solver, "ridge %s",
             s->dual ? "dual" : "primal");
    value = cvr_distance2(s->r, p->Y) / 2;
    CVR_TRY(cvr_allreduce_sum(p->comm, &value, 1));
    value += p->beta / 2 * cvr_dot(s->V, s->V);
    CVR_TRY(difference(s, &gap));
    progress->objective = progress->upper_bound = square * value;
    progress->lower_bound = square * fmax(0, value - gap);
    progress->gap = s->gap = gap > 0 ? fmin(1, gap / value) : 0;
    if (!(tolerance > 0 && s->gap <= tolerance))
        judge(s, progress);
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    ridge *s = state;
    cvr_status status = cvr_program_pose(problem, &s->p);
    s->dual = problem->rows < s->p.d * s->p.P;
    s->before = INFINITY;
    return status;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    ridge *s = state;
    const cvr_program *p = &s->p;
    int64_t side = cvr_times(p->d, p->P);
    cvr_status status = CVR_OK;
    w->what = "gated-ridge";
    CVR_TRY(cvr_program_lay_out(&s->p, w));
    cvr_lay(w, CVR_ROWS, "a", &s->a, p->n, p->C);
    cvr_lay(w, CVR_ROWS, "r", &s->r, p->n, p->C);
    CVR_LAY_SCRATCH(w, p->n, p->C, &s->outputs);
    cvr_lay(w, CVR_SHARED, "V", &s->V, p->d, p->m);
    CVR_TRY(cvr_lay_array(w, (void **)&s->mean, p->C, sizeof *s->mean));
    cvr_lay_reals(w, "mean", s->mean, p->C);
    cvr_lay_switch(w, "started", &s->started);
    cvr_lay_real(w, "gap", &s->gap);
    cvr_lay_real(w, "before", &s->before);
    if (s->dual) {
        cvr_dual_gram_lay_out(&s->kernel, p, false, w);
    } else {
        CVR_LAY_SCRATCH(w, p->d, p->m, &s->B);
        CVR_LAY_SCRATCH(w, side, side, &s->A);
        cvr_gated_gram_lay_out(p, &s->FF, w);
    }
done:
    return status;
}

static cvr_status factor(ridge *s)
{
    if (s->dual)
        return cvr_dual_gram_factor(&s->kernel, s->p.beta);
    cvr_copy(s->A, s->FF);
    cvr_add_diag(s->A, s->p.beta);
    return cvr_potrf(s->A);
}

static cvr_status start(void *state)
{
    ridge *s = state;
    cvr_program *p = &s->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_program_start(p, s->V));
    cvr_fill(s->V, 0);
    CVR_TRY(cvr_ridge_penalty(p));
    if (s->dual)
        CVR_TRY(cvr_dual_gram_form(&s->kernel, (cvr_mat){0}));
    else
        CVR_TRY(cvr_gated_gram(p, s->FF));
    CVR_TRY(factor(s));
done:
    return status;
}

/* The factor of another beta: the matrix without its shift is still there. */
static cvr_status factor_again(ridge *s)
{
    if (s->dual)
        cvr_dual_gram_restore(&s->kernel);
    return factor(s);
}

static cvr_status restored(void *state)
{
    return factor_again(state);
}

static cvr_status set_penalty(void *state, double relative)
{
    ridge *s = state;
    if (!(relative > 0))
        return cvr_fail(CVR_USAGE, "penalty %g: gated-ridge needs a penalty above 0",
                        relative);
    s->p.beta = relative * s->p.beta_max;
    s->before = INFINITY;
    s->started = false;
    cvr_fill(s->a, 0);
    cvr_fill(s->V, 0);
    return factor_again(s);
}

static cvr_status model(void *state, cvr_model *m)
{
    ridge *s = state;
    return cvr_recover(&s->p, s->V, s->mean, m);
}

static void teardown(void *state)
{
    cvr_program_free(&((ridge *)state)->p);
}

const cvr_method cvr_ridge = {.info = {.name = "ridge"},
                              .state_size = sizeof(ridge),
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
                              .weighs = true,
                              .turns = true};
