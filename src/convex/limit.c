/* Infinitely many gates in closed form: ridge on a kernel, with an intercept.

       minimise  1/2 sum_i omega_i |f(x_i) - y_i|^2 + mu/2 alpha'K alpha + mu tau/2 |b|^2
                 f = K alpha + 1 b'

   tau is 0 for a free bias, and the targets are centred; 1 for a penalised one: a column
   of ones beside the kernel's features, K + 1 1'; infinite for none.
   Equal rows are merged (omega copies). Kernel and penalty are those of the least
   leave-one-out error, exact, from one eigendecomposition a kernel (press.h). Where there
   are more rows than an eigendecomposition is for, a random part of them chooses the
   kernel, and landmarks stand for all rows (landmarks.h).

   Lower bound: the dual value at alpha; tau 0: for any alpha with 1'alpha = 0,

       mu <alpha, Y> - mu^2/2 <alpha, Omega^-1 alpha> - mu/2 alpha'(K + 1 1'/tau) alpha

   Classes get probabilities by a softmax regression on the leave-one-out scores.
   Sources: Cho and Saul 2009; Rifkin and Lippert 2007; docs/mathematics.md, "Kernels". */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "convex/calibrate.h"
#include "convex/convex.h"
#include "convex/landmarks.h"
#include "convex/limit_kernel.h"
#include "convex/limit_rows.h"
#include "convex/merge.h"
#include "convex/press.h"
#include "linalg/mats.h"
#include "model/score.h"
#include "parallel/heed.h"
#include "solver/units.h"

enum {
    PENALTIES = 17, /* 10^-7 .. 10 of the kernel's mean eigenvalue */
    MOST = 2000,    /* rows of an eigendecomposition */
    LANDMARKS = 4000,
    FEWEST = 500
};

static const double clip = 3;

typedef struct limit {
    const cvr_problem *q;
    cvr_problem alone;  /* q, for what each process does by itself with rows of all */
    bool reduced;       /* there are more than MOST rows */
    cvr_merged rows;    /* of all processes, or a part of them, in double */
    double tau;         /* the intercept's penalty, as above */
    cvr_mat mean, down; /* C x 1: what the targets are centred at; minus it */
    cvr_mat around;     /* C x 1: minus the mean of the targets */
    int which;          /* the kernel */
    double scale;       /* its mean eigenvalue */
    double penalty, mu; /* mu = penalty scale */
    double criterion;   /* with it: the mean squared error of rows that were left out */
    cvr_machine machine;
    cvr_press press;
    cvr_landmarks landmarks; /* reduced */
    cvr_mat alpha;           /* reduced: points x C */
    cvr_mat A;               /* reduced: scores of own rows that judge */
    cvr_mat calibration;
    double loo_error, loo_r2;
    bool named; /* the user names the penalty */
    bool solved;
} limit;

/* ---- rows -------------------------------------------------------------------------- */

/* Some rows, in the data's type and in double. */
typedef struct taken {
    int64_t *index;
    cvr_mat x, y, X, Y;
} taken;

static void free_taken(taken *t)
{
    CVR_MATS_FREE(&t->x, &t->y, &t->X, &t->Y);
    cvr_release(t->index);
}

static cvr_status new_taken(const cvr_problem *q, int64_t count, taken *t)
{
    int64_t F = q->train->transform.features;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_rows_draw(q, count, &t->index));
    CVR_TRY(cvr_mat_new(q->X.device, q->X.type, count, F, &t->x));
    CVR_TRY(cvr_mat_new(q->X.device, q->Y.type, count, q->Y.cols, &t->y));
    CVR_TRY(cvr_mat_new(q->X.device, CVR_DOUBLE, count, F, &t->X));
    CVR_TRY(cvr_mat_new(q->X.device, CVR_DOUBLE, count, q->Y.cols, &t->Y));
done:
    return status;
}

/* X (without ones, clipped) and Y of `count` rows, on every process. */
static cvr_status take_rows(const cvr_problem *q, int64_t count, taken *t)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(q->comm, new_taken(q, count, t)));
    CVR_TRY(cvr_rows_fetch(q, cvr_mat_cols(q->X, 0, t->x.cols), t->index, t->x));
    CVR_TRY(cvr_rows_fetch(q, q->Y, t->index, t->y));
    cvr_copy(t->X, t->x);
    cvr_copy(t->Y, t->y);
    cvr_clamp(t->X, -clip, clip);
done:
    return status;
}

static cvr_status sum_targets(limit *s, cvr_mat *sums)
{
    const cvr_problem *q = s->q;
    cvr_mat ones = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(q->Y.device, q->Y.type, q->Y.rows, 1, &ones));
    CVR_TRY(cvr_mat_new(q->Y.device, q->Y.type, q->Y.cols, 1, sums));
    cvr_fill(ones, 1);
    cvr_gemm(*sums, 1 / (double)q->rows, CVR_T, q->Y, CVR_N, ones, 0);
done:
    cvr_mat_free(&ones);
    return status;
}

/* The mean of the targets over all rows, which are centred where the bias is free. */
static cvr_status find_mean(limit *s)
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

static cvr_status prepare(limit *s)
{
    const cvr_problem *q = s->q;
    taken t = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(find_mean(s));
    CVR_TRY(take_rows(q, s->reduced ? MOST : q->rows, &t));
    CVR_TRY(cvr_allreduce_status(q->comm, cvr_merge(t.X, t.Y, &s->rows)));
    cvr_add_row(s->rows.Y, s->down);
done:
    free_taken(&t);
    return status;
}

/* ---- the choice -------------------------------------------------------------------- */

static double grid(int k)
{
    return pow(10, -7 + 0.5 * k);
}

/* The penalty of the least leave-one-out error. */
static void judge_penalties(const limit *s, cvr_press *press, double *penalty,
                            double *criterion)
{
    *criterion = INFINITY;
    *penalty = grid(PENALTIES / 2);
    for (int k = PENALTIES - 1; k >= 0 && !cvr_wished(s->q->comm); k--) {
        double error = cvr_press_solve(press, grid(k) * press->scale);
        if (error < *criterion) {
            *criterion = error;
            *penalty = grid(k);
        }
    }
}

static void adopt(limit *s, limit *other)
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

/* The kernel `which` takes the place of the best so far when it is better; nothing, when
   the run is to end. */
static cvr_status try_kernel(limit *s, int which)
{
    const cvr_problem *q = &s->alone;
    cvr_mat X = s->rows.X, K = {0};
    limit other = {.which = which};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, X.rows, &K));
    CVR_TRY(cvr_limit_machine(q, which, X, K, &other.machine));
    if (cvr_wished(s->q->comm))
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
static bool name_penalty(limit *s)
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

static cvr_status choose(limit *s)
{
    int choice = cvr_convex_options_of(s->q)->kernel;
    int first = choice > 0 ? choice - 1 : 0;
    int end = choice > 0 ? choice : CVR_KERNEL_CANDIDATES;
    cvr_status status = CVR_OK;
    for (int which = first; which < end; which++) {
        CVR_TRY(cvr_allreduce_status(s->q->comm, try_kernel(s, which)));
        CVR_TRY(cvr_heed(s->q->comm));
    }
    if (choice == 0)
        cvr_note(CVR_LOG_NOTE,
                 "kernel %s has the least leave-one-out error, with %.2g of its mean "
                 "eigenvalue as penalty",
                 cvr_kernel_names[s->which], s->penalty);
    s->named = name_penalty(s);
    cvr_mat_free(&s->machine.Z);
    s->machine.Z = s->rows.X;
    s->machine.clip = clip;
    s->rows.X = (cvr_mat){0};
done:
    return status;
}

/* ---- landmarks --------------------------------------------------------------------- */

/* So many that the sums take some minutes at most: n m^2 is about 4e11. */
static int64_t landmark_count(int64_t rows)
{
    int64_t m = (int64_t)sqrt(4e11 / (double)rows);
    m = m < FEWEST ? FEWEST : m > LANDMARKS ? LANDMARKS : m;
    return m < rows ? m : rows;
}

/* The chosen kernel anew, with Z as its points; takes Z. */
static cvr_status make_machine(limit *s, cvr_mat *Z)
{
    cvr_mat K = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(Z->device, Z->type, Z->rows, Z->rows, &K));
    CVR_TRY(cvr_limit_machine(&s->alone, s->which, *Z, K, &s->machine));
    cvr_mat_free(&s->machine.Z);
    s->machine.Z = *Z;
    s->machine.clip = clip;
    *Z = (cvr_mat){0};
    CVR_TRY(cvr_mat_new(K.device, CVR_DOUBLE, K.rows, s->q->Y.cols, &s->alpha));
done:
    cvr_mat_free(&K);
    return status;
}

static cvr_status check_landmarks(limit *s, int64_t m)
{
    const cvr_problem *q = s->q;
    cvr_workspace w;
    cvr_workspace_init(&w, q->X.device, CVR_DOUBLE, "a kernel of landmarks");
    cvr_landmarks_lay_out(&s->landmarks, q, m, &w);
    cvr_status status = cvr_workspace_check(&w, q->comm);
    cvr_workspace_free(&w);
    return status;
}

static cvr_status place_landmarks(limit *s)
{
    const cvr_problem *q = s->q;
    int64_t m = landmark_count(q->rows);
    taken t = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(check_landmarks(s, m));
    cvr_press_free(&s->press);
    cvr_machine_free(&s->machine);
    CVR_TRY(take_rows(q, m, &t));
    CVR_TRY(cvr_allreduce_status(q->comm, make_machine(s, &t.X)));
    CVR_TRY(cvr_landmarks_new(q, &s->machine, s->down, &s->landmarks));
    s->landmarks.tau = s->tau;
    CVR_TRY(cvr_allreduce_status(
        q->comm,
        cvr_mat_new(q->X.device, CVR_DOUBLE, s->landmarks.PJ.rows, s->q->Y.cols, &s->A)));
done:
    free_taken(&t);
    return status;
}

/* The part's penalty times 10^-1.5 .. 10: more rows want less of the mean eigenvalue, and
   the judging rows decide. */
static cvr_status choose_again(limit *s)
{
    double best = INFINITY, scale = s->scale, about = s->penalty, error;
    cvr_status status = CVR_OK;
    if (s->named)
        return CVR_OK;
    for (int k = -3; k <= 2; k++) {
        double relative = about * pow(10, 0.5 * k);
        CVR_TRY(cvr_landmarks_fit(&s->landmarks, relative * scale, false));
        CVR_TRY(cvr_landmarks_judge(&s->landmarks, s->A, &error));
        CVR_TRY(cvr_heed(s->q->comm));
        if (error < best) {
            best = error;
            s->penalty = relative;
        }
    }
    s->criterion = best;
    s->mu = s->penalty * scale;
done:
    return status;
}

static cvr_status reduce(limit *s)
{
    cvr_status status = CVR_OK;
    if (!s->reduced)
        return CVR_OK;
    CVR_TRY(place_landmarks(s));
    CVR_TRY(choose_again(s));
done:
    return status;
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    limit *s = state;
    s->q = problem;
    s->alone = *problem;
    s->alone.comm = NULL;
    s->reduced = problem->rows > MOST;
    return cvr_squares_check(problem, true);
}

/* What depends on how many rows differ, and on the kernel, is made with it. */
static cvr_status lay_out(void *state, cvr_workspace *w)
{
    limit *s = state;
    CVR_LAY_DOUBLE(w, s->q->Y.cols, 1, &s->mean, &s->down, &s->around);
    cvr_lay_switch(w, "solved", &s->solved);
    return CVR_OK;
}

static cvr_status start(void *state)
{
    limit *s = state;
    cvr_status status = cvr_comm_open("serial", &s->alone.comm);
    CVR_TRY(cvr_allreduce_status(s->q->comm, status));
    CVR_TRY(prepare(s));
    CVR_TRY(choose(s));
    CVR_TRY(reduce(s));
    if (!(s->mu > 0))
        CVR_FAIL(CVR_USAGE, "--beta %g: a kernel needs a penalty above 0", s->mu);
done:
    return status;
}

/* ---- the solution ------------------------------------------------------------------ */

/* Scores of rows that were left out, their targets and weights: all rows, or the judges
   of all processes. */
static cvr_status left_out(limit *s, cvr_mat *F, cvr_mat *Y, cvr_mat *omega)
{
    cvr_landmarks *k = &s->landmarks;
    cvr_mat E = s->reduced ? k->PJ : s->press.E;
    int64_t n = s->reduced ? (int64_t)k->nJ : E.rows;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(s->mean, n, s->q->Y.cols, F, Y));
    CVR_TRY(cvr_mat_new(s->mean.device, CVR_DOUBLE, n, 1, omega));
    if (s->reduced) {
        CVR_TRY(cvr_allgather(s->q->comm, s->A, *F));
        CVR_TRY(cvr_allgather(s->q->comm, k->YJ, *Y));
        cvr_fill(*omega, 1);
    } else {
        cvr_copy(*Y, s->rows.Y);
        cvr_copy(*F, *Y);
        cvr_axpby(*F, -1, E, 1);
        cvr_copy(*omega, s->rows.omega);
    }
    cvr_add_row(*F, s->mean);
    cvr_add_row(*Y, s->mean);
done:
    return status;
}

/* Probabilities of classes from scores F of rows that were left out. */
static cvr_status calibrate(limit *s, cvr_mat F, cvr_mat Y, cvr_mat omega)
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
static void judge_left_out(limit *s, cvr_mat F, cvr_mat Y, cvr_mat omega)
{
    const cvr_model as = {.outputs = (int)F.cols, .calibration = s->calibration};
    double wrong = 0, rows = 0;
    for (int64_t i = 0; i < F.rows; i++) {
        double copies = cvr_get(omega, i, 0);
        wrong += copies * (cvr_model_class(&as, F, i) != cvr_class_of(Y, i, 0));
        rows += copies;
    }
    s->loo_error = wrong / rows;
}

/* 1 - sum omega |y - f|^2 / sum omega |y - mean|^2; Y and omega are work. */
static double r2(limit *s, cvr_mat Y, cvr_mat omega)
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

static cvr_status judge(limit *s)
{
    cvr_mat F = {0}, Y = {0}, omega = {0};
    bool classes = s->q->train->task == CVR_CLASSIFY;
    cvr_status status = CVR_OK;
    CVR_TRY(left_out(s, &F, &Y, &omega));
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

static cvr_status solve(limit *s)
{
    double mu = s->mu, error;
    cvr_status status = CVR_OK;
    if (!s->reduced) {
        s->criterion = cvr_press_solve(&s->press, mu);
        return judge(s);
    }
    CVR_TRY(cvr_landmarks_fit(&s->landmarks, mu, false));
    CVR_TRY(cvr_landmarks_judge(&s->landmarks, s->A, &error));
    s->criterion = error;
    CVR_TRY(judge(s));
    CVR_TRY(cvr_landmarks_fit(&s->landmarks, mu, true));
    CVR_TRY(cvr_landmarks_weights(&s->landmarks, s->alpha));
done:
    return status;
}

static cvr_status step(void *state)
{
    limit *s = state;
    double t = cvr_wall_seconds();
    cvr_status status = cvr_allreduce_status(s->q->comm, solve(s));
    s->solved = status == CVR_OK;
    cvr_phase_end(s->q, CVR_PHASE_PRIMAL, t);
    return status;
}

static cvr_status values(limit *s, cvr_progress *p)
{
    return s->reduced ? cvr_landmarks_values(&s->landmarks, s->mu, &p->objective,
                                             &p->lower_bound)
                      : cvr_press_values(&s->press, s->rows.Y, s->mu, &p->objective,
                                         &p->lower_bound);
}

static cvr_status measure(void *state, cvr_progress *p, cvr_mat *outputs)
{
    limit *s = state;
    cvr_status status = CVR_OK;
    (void)outputs;
    snprintf(p->solver, sizeof p->solver, "kernel %s", cvr_kernel_names[s->which]);
    if (!s->solved)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(s->q->comm, values(s, p)));
    p->press = s->criterion;
    p->loo_error = s->loo_error;
    p->loo_r2 = s->loo_r2;
    p->upper_bound = p->objective;
    p->lower_bound = fmin(p->lower_bound, p->objective);
    p->gap = p->objective > 0 ? (p->objective - p->lower_bound) / p->objective : 0;
done:
    return status;
}

/* ---- the model --------------------------------------------------------------------- */

static cvr_status model(void *state, cvr_model *m)
{
    limit *s = state;
    cvr_mat alpha = s->reduced ? s->alpha : s->press.alpha;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_new_kernel(CVR_DOUBLE, 0, alpha.rows, 0, (int)s->q->Y.cols, m));
    cvr_machine_free(&m->machine);
    CVR_TRY(cvr_machine_copy(&s->machine, &m->machine));
    cvr_transpose(m->layers[0].W, alpha);
    cvr_copy(m->layers[0].b, s->reduced ? s->landmarks.b : s->press.b);
    cvr_axpby(m->layers[0].b, 1, s->mean, 1);
    if (s->calibration.data) {
        CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, s->calibration.rows,
                            s->calibration.cols, &m->calibration));
        cvr_copy(m->calibration, s->calibration);
    }
done:
    if (status != CVR_OK)
        cvr_model_free(m);
    return status;
}

static cvr_status restored(void *state)
{
    limit *s = state;
    return s->solved ? step(s) : CVR_OK;
}

static cvr_status set_penalty(void *state, double relative)
{
    limit *s = state;
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
    limit *s = state;
    cvr_comm_free(s->alone.comm);
    cvr_merged_free(&s->rows);
    cvr_machine_free(&s->machine);
    cvr_press_free(&s->press);
    cvr_landmarks_free(&s->landmarks);
    CVR_MATS_FREE(&s->alpha, &s->A, &s->calibration);
}

const cvr_method cvr_limit = {.info = {.name = "kernel"},
                              .state_size = sizeof(limit),
                              .pose = pose,
                              .lay_out = lay_out,
                              .start = start,
                              .restored = restored,
                              .step = step,
                              .rolls_back = true,
                              .measure = measure,
                              .model = model,
                              .teardown = teardown,
                              .set_penalty = set_penalty};
