/* Infinitely many gates in closed form: ridge on a kernel, with an intercept.

       minimise  1/2 sum_i omega_i |f(x_i) - y_i|^2 + mu/2 alpha'K alpha + mu tau/2 |b|^2
                 f = K alpha + 1 b'

   tau is 0 for a free bias, and the targets are centred; 1 for a penalised one: a column
   of ones beside the kernel's features, K + 1 1'; infinite for none.
   Equal rows are merged: omega is the sum of their weights. Kernel and penalty are those
   of the least leave-one-out error, exact, from one eigendecomposition a kernel
   (press.h). Where there are more rows than an eigendecomposition is for, a random part
   of them chooses the kernel; all rows are then solved for by Cholesky factors (exact.h)
   or, where there are too many, landmarks stand for them (landmarks.h).

   Lower bound: the dual value at alpha; tau 0: for any alpha with 1'alpha = 0,

       mu <alpha, Y> - mu^2/2 <alpha, Omega^-1 alpha> - mu/2 alpha'(K + 1 1'/tau) alpha

   Classes get probabilities by a softmax regression on the leave-one-out scores.
   Sources: Cho and Saul 2009; Rifkin and Lippert 2007; docs/mathematics.md, "Kernels". */
#include <math.h>
#include <stdio.h>

#include "base/bytes.h"
#include "convex/calibrate.h"
#include "convex/components.h"
#include "convex/convex.h"
#include "convex/limit_choose.h"
#include "convex/limit_gates.h"
#include "convex/limit_kernel.h"
#include "convex/limit_take.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "model/score.h"
#include "parallel/comm.h"
#include "solver/units.h"

/* ---- making ------------------------------------------------------------------------ */

/* By the number of rows, and by the memory that every process has. */
static cvr_status choose_way(cvr_limit *s)
{
    double lacking;
    int64_t landmarks;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_compact_read(s->q, s->distinct.count, &s->compact));
    landmarks = s->compact.landmarks;
    s->way = landmarks > 0 ? &cvr_limit_landmarks : &cvr_limit_all;
    if (s->distinct.count <= CVR_LIMIT_MOST || landmarks > 0)
        return CVR_OK;
    lacking = !cvr_limit_exact.fits(s);
    CVR_TRY(cvr_allreduce_max(s->q->comm, &lacking, 1));
    s->way = lacking > 0 ? &cvr_limit_landmarks : &cvr_limit_exact;
done:
    return status;
}

static cvr_status check_components(const cvr_problem *q)
{
    int64_t K = cvr_convex_options_of(q)->components, F = q->train->transform.features;
    if (K < F)
        return CVR_OK;
    return cvr_fail(CVR_USAGE,
                    "--components %lld: there are %lld features to make them of",
                    (long long)K, (long long)F);
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    cvr_limit *s = state;
    cvr_status status = CVR_OK;
    s->q = problem;
    s->alone = *problem;
    s->alone.comm = NULL;
    CVR_TRY(check_components(problem));
    CVR_TRY(cvr_distinct_find(problem, &s->distinct));
    CVR_TRY(choose_way(s));
    CVR_TRY(cvr_squares_check(problem, true));
done:
    return status;
}

/* What depends on how many rows differ, and on the kernel, is made with it. */
static cvr_status lay_out(void *state, cvr_workspace *w)
{
    cvr_limit *s = state;
    CVR_LAY_DOUBLE(w, s->q->Y.cols, 1, &s->mean, &s->down, &s->around);
    cvr_lay_switch(w, "solved", &s->solved);
    return CVR_OK;
}

/* Components stand for features: as one group of columns, even and odd. */
static cvr_status reduce(cvr_limit *s)
{
    cvr_transform *t = &s->reduced.transform;
    int64_t even = 0, K = cvr_convex_options_of(s->q)->components;
    cvr_status status = CVR_OK;
    if (K == 0)
        return CVR_OK;
    CVR_TRY(cvr_components_fit(s->q, K, cvr_limit_clip(s->q), &s->V, &even));
    s->reduced = *s->q->train; /* what it owns stays the data's */
    t->features = K;
    t->groups = 1;
    t->group[0] = (cvr_group){0, K, even};
    s->alone.train = &s->reduced;
done:
    return status;
}

/* ---- the solution ------------------------------------------------------------------ */

/* Probabilities of classes from scores F of rows that were left out. */
static cvr_status calibrate(cvr_limit *s, cvr_mat F, cvr_mat Y, cvr_mat omega)
{
    const cvr_dataset *data = s->q->train;
    cvr_status status = CVR_OK;
    cvr_mat_free(&s->calibration);
    CVR_TRY(
        cvr_mat_new(F.device, CVR_DOUBLE, F.cols + 1, data->classes, &s->calibration));
    CVR_TRY(cvr_calibrate(F, Y, omega, s->calibration));
    if (!cvr_calibration_rises(s->calibration))
        cvr_mat_free(&s->calibration);
done:
    return status;
}

/* loo_error and loo_r2: with the calibrated classes, where there are such. */
static void judge_left_out(cvr_limit *s, cvr_mat F, cvr_mat Y, cvr_mat omega)
{
    const cvr_model as = {.outputs = (int)F.cols, .calibration = s->calibration};
    double wrong = 0, rows = 0;
    for (int64_t i = 0; i < F.rows; i++) {
        double weight = cvr_get(omega, i, 0);
        wrong += weight * (cvr_model_class(&as, F, i) != cvr_class_of(Y, i, 0));
        rows += weight;
    }
    s->loo_error = wrong / rows;
}

/* 1 - sum omega |y - f|^2 / sum omega |y - mean|^2; Y and omega are work. */
static double r2(cvr_limit *s, cvr_mat Y, cvr_mat omega)
{
    double around, rows = 0;
    for (int64_t i = 0; i < omega.rows; i++)
        rows += cvr_get(omega, i, 0);
    cvr_add_row(Y, s->around);
    cvr_square_root(omega);
    cvr_scale_rows(Y, omega);
    around = cvr_dot(Y, Y);
    return around > 0 ? 1 - s->criterion * rows * (double)Y.cols / around : NAN;
}

static cvr_status judge(cvr_limit *s)
{
    cvr_mat F = {0}, Y = {0}, omega = {0};
    bool classes = s->q->train->task == CVR_CLASSIFY;
    cvr_status status = CVR_OK;
    CVR_TRY(s->way->left_out(s, &F, &Y, &omega));
    cvr_add_row(F, s->mean);
    cvr_add_row(Y, s->mean);
    s->loo_error = s->loo_r2 = NAN;
    if (!cvr_all_finite(F))
        goto done;
    if (classes)
        CVR_TRY(calibrate(s, F, Y, omega));
    if (classes)
        judge_left_out(s, F, Y, omega);
    else
        s->loo_r2 = r2(s, Y, omega);
done:
    CVR_MATS_FREE(&F, &Y, &omega);
    return status;
}

/* ---- twice: a kernel, and gates in its place --------------------------------------- */

/* All that is not the workspace's, or chosen before the kernel is. */
static void forget(cvr_limit *s)
{
    cvr_merged_free(&s->rows);
    if (s->way == &cvr_limit_exact)
        s->machine.Z = (cvr_mat){0}; /* the workspace's */
    cvr_machine_free(&s->machine);
    cvr_press_free(&s->press);
    cvr_landmarks_free(&s->landmarks);
    cvr_workspace_free(&s->memory);
    cvr_release(s->index);
    s->index = NULL;
    CVR_MATS_FREE(&s->F, &s->calibration);
}

/* The kernel in whose place gates are, as if it were the model. */
static cvr_status judge_kernel(cvr_limit *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_limit_choose(s));
    CVR_TRY(s->way->start(s));
    CVR_TRY(s->way->solve(s));
    CVR_TRY(cvr_allreduce_status(s->q->comm, judge(s)));
    s->kernel = s->which;
    s->kernel_loo_error = s->loo_error;
    s->kernel_loo_r2 = s->loo_r2;
    forget(s);
done:
    return status;
}

static cvr_status start(void *state)
{
    cvr_limit *s = state;
    cvr_status status = cvr_comm_open("serial", &s->alone.comm);
    CVR_TRY(cvr_allreduce_status(s->q->comm, status));
    CVR_TRY(cvr_limit_centre(s));
    CVR_TRY(reduce(s));
    if (s->compact.gates > 0)
        CVR_TRY(judge_kernel(s));
    s->gates = s->compact.gates;
    CVR_TRY(cvr_limit_choose(s));
    CVR_TRY(s->way->start(s));
    if (!(s->mu > 0))
        CVR_FAIL(CVR_USAGE, "--beta %g: a kernel needs a penalty above 0", s->mu);
done:
    return status;
}

static cvr_status step(void *state)
{
    cvr_limit *s = state;
    double t = cvr_wall_seconds();
    cvr_status status = CVR_OK;
    CVR_TRY(s->way->solve(s));
    CVR_TRY(cvr_allreduce_status(s->q->comm, judge(s)));
    s->solved = true;
done:
    cvr_phase_end(s->q, CVR_PHASE_PRIMAL, t);
    return status;
}

/* The kernel in whose place the gates are. */
static void note_kernel(const cvr_limit *s, cvr_progress *p)
{
    const char *name = cvr_kernel_names[s->kernel];
    if (s->gates == 0)
        return;
    if (s->q->train->task == CVR_CLASSIFY)
        snprintf(p->note, sizeof p->note, "loo_error of kernel %s itself: %.4f", name,
                 s->kernel_loo_error);
    else
        snprintf(p->note, sizeof p->note, "loo_r2 of kernel %s itself: %.4f", name,
                 s->kernel_loo_r2);
}

static cvr_status measure(void *state, cvr_progress *p, cvr_mat *outputs)
{
    cvr_limit *s = state;
    cvr_status status = CVR_OK;
    snprintf(p->solver, sizeof p->solver, "kernel %s%s%s", cvr_kernel_names[s->which],
             s->gates > 0 ? " gates" : "", s->way->name);
    if (!s->solved)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(s->q->comm,
                                 s->way->values(s, &p->objective, &p->lower_bound)));
    if (s->way->outputs && s->gates == 0) {
        s->way->outputs(s);
        *outputs = s->F;
    }
    p->press = s->criterion;
    p->loo_error = s->loo_error;
    p->loo_r2 = s->loo_r2;
    note_kernel(s, p);
    p->upper_bound = p->objective;
    p->lower_bound = fmin(p->lower_bound, p->objective);
    p->gap = p->objective > 0 ? (p->objective - p->lower_bound) / p->objective : 0;
done:
    return status;
}

/* ---- the model --------------------------------------------------------------------- */

/* W1 = alpha' in the model's type, b1 = b. */
static cvr_status put_weights(const cvr_limit *s, cvr_mat b, cvr_model *m)
{
    cvr_mat turned = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(s->alpha, s->alpha.cols, s->alpha.rows, &turned));
    cvr_transpose(turned, s->alpha);
    cvr_copy(m->layers[0].W, turned);
    cvr_copy(m->layers[0].b, b);
done:
    cvr_mat_free(&turned);
    return status;
}

static cvr_status kernel_model(const cvr_limit *s, cvr_mat b, cvr_model *m)
{
    cvr_mat alpha = s->alpha;
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_model_new_kernel(s->machine.Z.type, 0, alpha.rows, 0, (int)alpha.cols, m));
    cvr_machine_free(&m->machine);
    CVR_TRY(cvr_machine_copy(&s->machine, &m->machine));
    CVR_TRY(put_weights(s, b, m));
done:
    return status;
}

static cvr_status model(void *state, cvr_model *m)
{
    cvr_limit *s = state;
    cvr_mat b = {0}; /* with the mean of the targets */
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(s->b, s->b.rows, 1, &b));
    cvr_copy(b, s->b);
    cvr_axpby(b, 1, s->mean, 1);
    CVR_TRY(s->gates > 0 ? cvr_limit_gated(&s->machine, s->alpha, b, m)
                         : kernel_model(s, b, m));
    if (s->calibration.data) {
        CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, s->calibration.rows,
                            s->calibration.cols, &m->calibration));
        cvr_copy(m->calibration, s->calibration);
    }
done:
    cvr_mat_free(&b);
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

static cvr_status restored(void *state)
{
    cvr_limit *s = state;
    return s->solved ? step(s) : CVR_OK;
}

static cvr_status set_penalty(void *state, double relative)
{
    cvr_limit *s = state;
    if (!(relative > 0))
        return cvr_fail(CVR_USAGE, "penalty %g: kernel needs a penalty above 0",
                        relative);
    s->penalty = relative;
    s->mu = relative * s->scale;
    s->solved = false;
    return CVR_OK;
}

static void teardown(void *state)
{
    cvr_limit *s = state;
    cvr_comm_free(s->alone.comm);
    forget(s);
    cvr_distinct_free(&s->distinct);
    cvr_mat_free(&s->V);
}

const cvr_method cvr_limit_method = {.info = {.name = "kernel"},
                                     .state_size = sizeof(cvr_limit),
                                     .pose = pose,
                                     .lay_out = lay_out,
                                     .start = start,
                                     .restored = restored,
                                     .step = step,
                                     .rolls_back = true,
                                     .calibrates = true,
                                     .weighs = true,
                                     .mirrors = true,
                                     .measure = measure,
                                     .model = model,
                                     .teardown = teardown,
                                     .set_penalty = set_penalty};
