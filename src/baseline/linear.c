/* The linear model that everyone knows: logistic regression (softmax for three classes or
   more), or ridge regression of values, by Newton's method:

       minimise  1/n ( sum_rows omega l(W x + b, y) + c/2 |W|^2 ),   n = sum omega
       a free b has no penalty

   1. H p = -g by conjugate gradients, the more exactly the nearer the end is
   2. theta += t p,  t = 1, 1/2, ... until the objective falls
                                                        (Lin, Weng and Keerthi 2008)

   A product with H needs X twice and no N x N matrix:

       H v = 1/n ( sum_rows K (v (x, 1)) (x, 1)' + c v ),   K = omega l''(f) */
#include <math.h>
#include <stdio.h>

#include "baseline/mlp.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "solver/remark.h"

typedef struct linear_options {
    cvr_mlp_options net; /* no hidden layers */
    double ridge;
} linear_options;

#define AT(type, field) CVR_FIELD(linear_options, type, field)
static const cvr_option options[] = {
    {"ridge", CVR_REAL, "1", 0, DBL_MAX, NULL,
     "c of the penalty c/2 |weights|^2 that joins the sum of the losses",
     AT(double, ridge)},
    {"tolerance", CVR_REAL, "1e-6", 0, 1, NULL,
     "stop when the gradient, as a fraction of that at 0, is this small"},
    {"max-iterations", CVR_INTEGER, "100", 1, 1e15, NULL,
     "stop after this number of steps"},
    {0}};

enum { SOLVES = 500, HALVES = 40 }; /* iterations of conjugate gradients, of a search */

typedef struct linear {
    const cvr_problem *problem;
    cvr_mlp net;         /* without hidden layers; evaluated at `at` when known */
    cvr_mat at, g;       /* N x 1, double: where it is, the gradient there */
    cvr_mat p, r, q, Hq; /* N x 1, double: conjugate gradients */
    cvr_mat v;           /* N x 1: q in the type of the data */
    cvr_mat Z;           /* own rows x C: X v' and what K makes of it */
    double value, first; /* the objective; the gradient's size at 0 */
    double tolerance;
    int64_t iterations, solves;
    bool known, stuck;
} linear;

static double size_of(cvr_mat x)
{
    return sqrt(cvr_dot(x, x));
}

/* ---- the objective ---------------------------------------------------------------- */

/* At x, which net.theta becomes. */
static cvr_status evaluate(linear *s, cvr_mat x, double *value)
{
    cvr_copy(s->net.theta, x);
    return cvr_mlp_objective(&s->net, true, value);
}

/* net has just been evaluated at s->at. */
static void arrive(linear *s, double value)
{
    s->value = value;
    cvr_copy(s->g, cvr_mlp_gradient(&s->net));
    s->known = true;
}

/* Value, gradient and outputs at s->at. */
static cvr_status settle(linear *s)
{
    cvr_status status = CVR_OK;
    double value;
    if (s->known)
        return CVR_OK;
    CVR_TRY(evaluate(s, s->at, &value));
    arrive(s, value);
done:
    return status;
}

/* ---- products with the Hessian ---------------------------------------------------- */

/* Z = K Z, each row at its outputs. */
static void curve(linear *s)
{
    int64_t C = s->Z.cols;
    double *f = s->net.row, *z = f + C;
    if (!s->net.loss->hessian && !s->problem->W.data)
        return;
    for (int64_t i = 0; i < s->Z.rows; i++) {
        double omega = cvr_problem_weight(s->problem, i);
        for (int64_t c = 0; c < C; c++) {
            f[c] = cvr_get(s->net.F, i, c);
            z[c] = cvr_get(s->Z, i, c);
        }
        if (s->net.loss->hessian)
            s->net.loss->hessian(C, f, z);
        for (int64_t c = 0; c < C; c++)
            cvr_set(s->Z, i, c, omega * z[c]);
    }
}

/* W of a vector of all parameters. */
static cvr_mat as_weights(const linear *s, cvr_mat x)
{
    int64_t C = s->Z.cols;
    return cvr_mat_reshape(x, C, s->net.count / C);
}

/* The gradient's place in net takes the sum, and the message brings that of all. */
static cvr_status hessian_times(linear *s, cvr_mat x, cvr_mat Hx)
{
    cvr_mlp *n = &s->net;
    cvr_status status = CVR_OK;
    cvr_copy(s->v, x);
    cvr_gemm(s->Z, 1, CVR_N, n->X, CVR_T, as_weights(s, s->v), 0);
    curve(s);
    cvr_gemm(as_weights(s, n->gradient), 1 / cvr_problem_total(s->problem), CVR_T, s->Z,
             CVR_N, n->X, 0);
    cvr_copy(Hx, n->gradient);
    CVR_TRY(cvr_allreduce(s->problem->comm, Hx));
    CVR_TRY(cvr_interrupt_check(s->problem->comm));
    cvr_axpby(cvr_mlp_penalised(n, Hx), n->decay, cvr_mlp_penalised(n, x), 1);
done:
    return status;
}

/* ---- one step --------------------------------------------------------------------- */

/* p = -H^{-1} g, the more exactly the nearer the end is. */
static cvr_status solve(linear *s)
{
    double size = size_of(s->g), wanted = size * fmin(0.1, sqrt(size / s->first));
    double rr = size * size;
    cvr_status status = CVR_OK;
    cvr_fill(s->p, 0);
    cvr_axpby(s->r, -1, s->g, 0);
    cvr_copy(s->q, s->r);
    for (int k = 0; k < SOLVES && sqrt(rr) > wanted; k++, s->solves++) {
        CVR_TRY(hessian_times(s, s->q, s->Hq));
        double curved = cvr_dot(s->q, s->Hq), before = rr;
        if (!(curved > 0))
            break;
        cvr_axpby(s->p, rr / curved, s->q, 1);
        cvr_axpby(s->r, -rr / curved, s->Hq, 1);
        rr = cvr_dot(s->r, s->r);
        cvr_axpby(s->q, 1, s->r, rr / before);
    }
done:
    return status;
}

/* at + t p with t = 1, 1/2, ... until the objective has fallen as the slope promises. */
static cvr_status search(linear *s)
{
    double slope = cvr_dot(s->g, s->p), t = 1, value = 0;
    cvr_status status = CVR_OK;
    s->known = false;
    for (int k = 0; k < HALVES; k++, t /= 2) {
        cvr_copy(s->q, s->at);
        cvr_axpby(s->q, t, s->p, 1);
        CVR_TRY(evaluate(s, s->q, &value));
        if (value <= s->value + 1e-4 * t * slope)
            break;
    }
    s->stuck = !(value < s->value);
    if (s->stuck)
        return CVR_OK;
    cvr_copy(s->at, s->q);
    arrive(s, value);
done:
    return status;
}

static cvr_status step(void *state)
{
    linear *s = state;
    double begun = cvr_wall_seconds();
    cvr_status status = CVR_OK;
    if (s->stuck)
        return CVR_OK;
    CVR_TRY(settle(s));
    CVR_TRY(solve(s));
    CVR_TRY(search(s));
    s->iterations++;
done:
    cvr_phase_end(s->problem, CVR_PHASE_PRIMAL, begun);
    return status;
}

static cvr_status restored(void *state)
{
    ((linear *)state)->known = false;
    return CVR_OK;
}

/* ---- measuring -------------------------------------------------------------------- */

static void judge(const linear *s, cvr_progress *p)
{
    double size = size_of(s->g);
    p->dual_residual = s->first > 0 ? size / s->first : 0;
    if (!isfinite(p->objective) || !isfinite(size)) {
        p->outcome = CVR_DIVERGED;
        cvr_remark(p, "the loss is not finite");
    } else if (p->dual_residual <= s->tolerance) {
        p->outcome = CVR_CONVERGED;
    } else if (s->stuck) {
        p->outcome = CVR_STOPPED;
        cvr_remark(p, "no lower point was found, at a gradient of %.1e of the first",
                   p->dual_residual);
    }
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    linear *s = state;
    bool classes = s->problem->train->task == CVR_CLASSIFY;
    cvr_status status = CVR_OK;
    CVR_TRY(settle(s));
    progress->objective = s->net.square * s->value * cvr_problem_total(s->problem);
    *outputs = s->net.F;
    snprintf(progress->solver, sizeof progress->solver, "%s regression, newton",
             classes ? "logistic" : "ridge");
    judge(s, progress);
done:
    return status;
}

static cvr_status model(void *state, cvr_model *m)
{
    linear *s = state;
    cvr_copy(s->net.theta, s->at);
    return cvr_mlp_model(&s->net, m);
}

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    linear *s = state;
    const linear_options *o = cvr_settings_values(problem->settings);
    cvr_status status = CVR_OK;
    s->problem = problem;
    s->tolerance = o->net.run.tolerance;
    CVR_TRY(cvr_mlp_pose(&s->net, problem));
    s->net.decay = o->ridge / cvr_problem_total(problem);
done:
    return status;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    linear *s = state;
    cvr_mat *scratch[] = {&s->g, &s->p, &s->r, &s->q, &s->Hq};
    int64_t N = s->net.count;
    cvr_lay_double(w, CVR_SHARED, "at", &s->at, N, 1);
    cvr_lay_count(w, "iterations", &s->iterations);
    cvr_lay_count(w, "solves", &s->solves);
    cvr_lay_switch(w, "stuck", &s->stuck);
    for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++)
        cvr_lay_double(w, CVR_SCRATCH, NULL, scratch[i], N, 1);
    CVR_LAY_SCRATCH(w, N, 1, &s->v);
    CVR_LAY_SCRATCH(w, s->problem->X.rows, s->problem->Y.cols, &s->Z);
    return cvr_mlp_lay_out(&s->net, w, CVR_SCRATCH);
}

static cvr_status start(void *state)
{
    linear *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mlp_start(&s->net));
    CVR_TRY(settle(s)); /* all weights are 0 */
    s->first = size_of(s->g);
done:
    return status;
}

const cvr_method cvr_linear_method = {
    .info = {.name = "linear",
             .about = "baseline: logistic regression of classes, ridge regression of "
                      "values",
             .options = options},
    .options_size = sizeof(linear_options),
    .state_size = sizeof(linear),
    .pose = pose,
    .lay_out = lay_out,
    .start = start,
    .restored = restored,
    .step = step,
    .rolls_back = true,
    .measure = measure,
    .model = model,
    .weighs = true};
