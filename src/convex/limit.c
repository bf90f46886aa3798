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
#include "convex/limit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "convex/calibrate.h"
#include "convex/components.h"
#include "convex/convex.h"
#include "convex/limit_gates.h"
#include "convex/limit_kernel.h"
#include "convex/limit_rows.h"
#include "linalg/mats.h"
#include "model/model.h"
#include "model/score.h"
#include "parallel/comm.h"
#include "solver/units.h"

enum {
    PENALTIES = 17, /* 10^-7 .. 10 of the kernel's mean eigenvalue */
    MOST = 2000,    /* rows of an eigendecomposition */
    FEW = 1000      /* of one that only tells where to look for a penalty */
};

/* ---- rows -------------------------------------------------------------------------- */

double cvr_limit_clip(const cvr_problem *q)
{
    return q->train->transform.channels > 0 ? 0 : 3;
}

int64_t cvr_limit_columns(const cvr_problem *q)
{
    int64_t components = cvr_convex_options_of(q)->components;
    return components > 0 ? components : q->train->transform.features;
}

/* Rows of `index` as kernels compare them: X, from x, work in the data's type. */
static cvr_status take_features(const cvr_limit *s, const int64_t *index, cvr_mat x,
                                cvr_mat X)
{
    double clip = cvr_limit_clip(s->q);
    cvr_mat reduced = {0}, view = x;
    const cvr_machine as = {.V = s->V};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_rows_fetch(s->q, cvr_mat_cols(s->q->X, 0, x.cols), index, x));
    if (clip > 0)
        cvr_clamp(x, -clip, clip);
    CVR_TRY(
        cvr_allreduce_status(s->q->comm, cvr_machine_reduce(&as, x, &reduced, &view)));
    if (X.data != view.data)
        cvr_copy(X, view);
done:
    cvr_mat_free(&reduced);
    return status;
}

/* A strip at a time where rows are not yet what is taken of them. */
cvr_status cvr_limit_take(const cvr_limit *s, const int64_t *index, cvr_mat X, cvr_mat Y)
{
    enum { STRIP = 4096 };
    const cvr_problem *q = s->q;
    bool direct = X.type == q->X.type && !s->V.data;
    int64_t strip = direct || X.rows < STRIP ? X.rows : STRIP;
    cvr_mat x = X, y = {0};
    cvr_status status = cvr_mat_new(q->X.device, q->Y.type, Y.rows, Y.cols, &y);
    if (status == CVR_OK && !direct)
        status =
            cvr_mat_new(q->X.device, q->X.type, strip, q->train->transform.features, &x);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    for (int64_t i = 0; i < X.rows; i += strip) {
        cvr_mat to = cvr_mat_rows(X, i, strip);
        CVR_TRY(take_features(s, index + i, cvr_mat_rows(x, 0, to.rows), to));
    }
    CVR_TRY(cvr_rows_fetch(q, q->Y, index, y));
    cvr_copy(Y, y);
    cvr_add_row(Y, s->down);
done:
    if (!direct)
        cvr_mat_free(&x);
    cvr_mat_free(&y);
    return status;
}

static cvr_status sum_targets(cvr_limit *s, cvr_mat *sums)
{
    const cvr_problem *q = s->q;
    cvr_mat ones = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(q->Y.device, q->Y.type, q->Y.rows, 1, &ones));
    CVR_TRY(cvr_mat_new(q->Y.device, q->Y.type, q->Y.cols, 1, sums));
    cvr_fill(ones, 1);
    if (q->W.data)
        cvr_copy(ones, q->W);
    cvr_gemm(*sums, 1 / cvr_problem_total(q), CVR_T, q->Y, CVR_N, ones, 0);
done:
    cvr_mat_free(&ones);
    return status;
}

/* The mean of the targets over all rows, which are centred where the bias is free. */
static cvr_status find_mean(cvr_limit *s)
{
    const double taus[] = {
        [CVR_BIAS_FREE] = 0, [CVR_BIAS_PENALISED] = 1, [CVR_BIAS_NONE] = INFINITY};
    cvr_mat sums = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(s->q->comm, sum_targets(s, &sums)));
    CVR_TRY(cvr_allreduce(s->q->comm, sums));
    cvr_copy(s->mean, sums);
    cvr_axpby(s->around, -1, s->mean, 0);
    s->tau = taus[s->q->train->transform.bias];
    if (s->tau > 0)
        cvr_fill(s->mean, 0);
    cvr_axpby(s->down, -1, s->mean, 0);
done:
    cvr_mat_free(&sums);
    return status;
}

/* Places among the distinct rows become rows, and weights theirs. */
static void look_up(const cvr_limit *s, int64_t count, int64_t *index, cvr_mat weights)
{
    for (int64_t k = 0; k < count; k++) {
        cvr_set(weights, k, 0, cvr_get(s->distinct.weight, index[k], 0));
        index[k] = s->distinct.row[index[k]];
    }
}

cvr_status cvr_limit_draw(const cvr_limit *s, int64_t count, cvr_type type, cvr_mat *X,
                          cvr_mat *Y, cvr_mat *weights)
{
    const cvr_problem *q = s->q;
    int64_t *index = NULL, features = cvr_limit_columns(q);
    cvr_status status = cvr_rows_draw(q->seed, s->distinct.count, count, &index);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, type, count, features, X);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, CVR_DOUBLE, count, q->Y.cols, Y);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, CVR_DOUBLE, count, 1, weights);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    look_up(s, count, index, *weights);
    CVR_TRY(cvr_limit_take(s, index, *X, *Y));
done:
    cvr_release(index);
    return status;
}

/* The rows that the kernel is chosen on; what makes equal ones of them merges these,
   too. */
static cvr_status prepare(cvr_limit *s, int64_t count)
{
    cvr_mat X = {0}, Y = {0}, weights = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_limit_draw(s, count, CVR_DOUBLE, &X, &Y, &weights));
    CVR_TRY(cvr_allreduce_status(s->q->comm, cvr_merge(X, Y, weights, &s->rows)));
done:
    CVR_MATS_FREE(&X, &Y, &weights);
    return status;
}

/* ---- the choice -------------------------------------------------------------------- */

static double grid(int k)
{
    return pow(10, -7 + 0.5 * k);
}

/* The penalty of the least leave-one-out error; where all rows are still to judge, the
   largest whose error is hardly more. */
static void judge_penalties(const cvr_limit *s, cvr_press *press, double *penalty,
                            double *criterion)
{
    *criterion = INFINITY;
    *penalty = grid(PENALTIES / 2);
    for (int k = PENALTIES - 1; k >= 0 && !cvr_interrupt_poll(s->q->comm); k--) {
        double error = cvr_press_solve(press, grid(k) * press->scale);
        if (error < *criterion * (s->way == &cvr_limit_all ? 1 : 1 - 1e-3)) {
            *criterion = error;
            *penalty = grid(k);
        }
    }
}

static void adopt(cvr_limit *s, cvr_limit *other)
{
    cvr_machine_free(&s->machine);
    cvr_press_free(&s->press);
    s->machine = other->machine;
    s->press = other->press;
    s->which = other->which;
    s->penalty = other->penalty;
    s->criterion = other->criterion;
    other->machine = (cvr_machine){0};
    other->press = (cvr_press){0};
}

cvr_status cvr_limit_make(const cvr_limit *s, int which, cvr_mat X, cvr_mat K,
                          cvr_machine *machine)
{
    return s->gates > 0 ? cvr_limit_sampled(&s->alone, which, s->gates, X, K, machine)
                        : cvr_limit_machine(&s->alone, which, X, K, machine);
}

/* The kernel `which` takes the place of the best so far when it is better; nothing, when
   the run is to end. */
static cvr_status try_kernel(cvr_limit *s, int which)
{
    cvr_mat X = s->rows.X, K = {0};
    cvr_limit other = {.which = which};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, X.rows, &K));
    CVR_TRY(cvr_limit_make(s, which, X, K, &other.machine));
    if (cvr_interrupt_poll(s->q->comm))
        goto done;
    CVR_TRY(cvr_press_new(&K, s->rows.Y, s->rows.omega, &other.press));
    other.press.tau = s->tau;
    if (!(other.press.scale > 0))
        other.press.scale = 1;
    judge_penalties(s, &other.press, &other.penalty, &other.criterion);
    cvr_note(CVR_LOG_DETAIL, "kernel %s: penalty %.3g, leave-one-out error %.6g",
             cvr_kernel_names[which], other.penalty, other.criterion);
    if (!s->press.Q.data || other.criterion < s->criterion)
        adopt(s, &other);
done:
    cvr_mat_free(&K);
    cvr_machine_free(&other.machine);
    cvr_press_free(&other.press);
    return status;
}

/* True where the user names it. */
static bool name_penalty(cvr_limit *s)
{
    const cvr_convex_options *o = cvr_convex_options_of(s->q);
    bool named = CVR_GIVEN(o, beta), part = CVR_GIVEN(o, beta_relative);
    s->scale = s->press.scale;
    if (part)
        s->penalty = o->beta_relative;
    if (named)
        s->penalty = o->beta / s->press.scale;
    s->mu = s->penalty * s->scale;
    return named || part;
}

/* The kernels that are tried: the one that is named, that of images, or those of
   tables. */
static void candidates(const cvr_problem *q, int *first, int *end)
{
    int choice = cvr_convex_options_of(q)->kernel;
    bool one = choice > 0 || q->train->transform.channels > 0;
    *first = choice > 0 ? choice - 1 : one ? CVR_KERNEL_OF_IMAGES : 0;
    *end = one ? *first + 1 : CVR_KERNEL_CANDIDATES;
}

static cvr_status choose(cvr_limit *s)
{
    int first, end;
    int64_t rows = s->distinct.count;
    cvr_status status = CVR_OK;
    candidates(s->q, &first, &end);
    if (s->way != &cvr_limit_all && rows > (end == first + 1 ? FEW : MOST))
        rows = end == first + 1 ? FEW : MOST;
    CVR_TRY(prepare(s, rows));
    for (int which = first; which < end; which++) {
        CVR_TRY(cvr_allreduce_status(s->q->comm, try_kernel(s, which)));
        CVR_TRY(cvr_interrupt_check(s->q->comm));
    }
    if (end > first + 1)
        cvr_note(s->gates > 0 ? CVR_LOG_DETAIL : CVR_LOG_NOTE,
                 "kernel %s has the least leave-one-out error, with %.2g of its mean "
                 "eigenvalue as penalty",
                 cvr_kernel_names[s->which], s->penalty);
    s->chosen_on = rows;
    if (s->which == CVR_KERNEL_NO_NETWORK)
        cvr_note(CVR_LOG_NOTE,
                 "kernel %s is no ReLU network: it is there to compare with",
                 cvr_kernel_names[s->which]);
    s->named = name_penalty(s);
    CVR_TRY(cvr_allreduce_status(s->q->comm, cvr_limit_complete(s)));
done:
    return status;
}

/* By the number of rows, and by the memory that every process has. */
static cvr_status choose_way(cvr_limit *s)
{
    double lacking;
    int64_t landmarks;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_compact_read(s->q, s->distinct.count, &s->compact));
    landmarks = s->compact.landmarks;
    s->way = landmarks > 0 ? &cvr_limit_landmarks : &cvr_limit_all;
    if (s->distinct.count <= MOST || landmarks > 0)
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

cvr_status cvr_limit_complete(cvr_limit *s)
{
    cvr_status status = CVR_OK;
    s->machine.clip = cvr_limit_clip(s->q);
    cvr_mat_free(&s->machine.V);
    if (!s->V.data)
        return CVR_OK;
    CVR_TRY(CVR_MATS_NEW(s->V, s->V.rows, s->V.cols, &s->machine.V));
    cvr_copy(s->machine.V, s->V);
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
    CVR_TRY(choose(s));
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
    CVR_TRY(find_mean(s));
    CVR_TRY(reduce(s));
    if (s->compact.gates > 0)
        CVR_TRY(judge_kernel(s));
    s->gates = s->compact.gates;
    CVR_TRY(choose(s));
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
