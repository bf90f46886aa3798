/* cg and bfgs: a network of any depth by conjugate gradients (Polak and Ribiere 1969) and
   by BFGS on all rows at once.

       minimise  1/n sum_rows l(f, y) + w/2 |theta|^2                            (mlp.h)

       cg     p = -g + beta p,   beta = g'(g - g_old) / |g_old|^2
       bfgs   p = -H g, H by the secant condition of the last step alone
       then   theta += t p,   t by a line search on p

   The multidimensional minimisers of GSL do it: conjugate_pr and vector_bfgs2, which need
   some vectors of N and no N x N matrix. Their state is hidden: so every RESTART
   iterations they begin anew from where they are, and a checkpoint holds that place, from
   which the iterations since are done again.

   theta is kept in double, whatever the type of the data. Each process runs the minimiser
   on the same numbers: an evaluation is one message, the same bits everywhere. */
#include <math.h>
#include <stdio.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>

#include "baseline/mlp.h"

typedef struct minimiser_options {
    cvr_mlp_options net;
    double first_step, line_search;
} minimiser_options;

#define AT(type, field) CVR_FIELD(minimiser_options, type, field)
static const cvr_option options[] = {
    CVR_MLP_OPTIONS,
    {"first-step", CVR_REAL, "0.1", DBL_MIN, DBL_MAX, NULL,
     "length of the first trial step of the line search", AT(double, first_step)},
    {"line-search", CVR_REAL, "0.1", DBL_MIN, 1, NULL,
     "a line search ends when its slope is this fraction of the initial slope",
     AT(double, line_search)},
    {"tolerance", CVR_REAL, "1e-5", 0, 1, NULL,
     "stop when the gradient, as a fraction of that at the start, is this small"},
    {0}};

enum { RESTART = 50 };

typedef struct minimiser {
    const cvr_problem *problem;
    cvr_mlp net;
    gsl_multimin_function_fdf function;
    gsl_multimin_fdfminimizer *search;
    const gsl_multimin_fdfminimizer_type *type;
    cvr_mat start; /* N x 1, double: where the search began last */
    int64_t since; /* iterations of it since */
    cvr_mat last;  /* N x 1, double: where the last iteration has come to */
    double slope;  /* the size of the gradient there */
    bool left;     /* an iteration has been left: the search is in a place of its own */
    cvr_mat at;    /* N x 1, double: where net was evaluated last */
    cvr_mat place; /* N x 1, double: where it is asked for, on the network's device */
    double value;  /* the objective there; the gradient is in net.message */
    bool known;    /* it has been evaluated */
    cvr_status failed; /* of an evaluation: GSL cannot carry it */
    double first_step, line_search, tolerance, gradient0;
    int64_t iterations;
    bool stuck; /* no lower point along the steepest descent */
} minimiser;

/* ---- the function that GSL sees --------------------------------------------------- */

/* A vector without gaps, as a matrix. */
static cvr_mat view(const gsl_vector *x)
{
    CVR_ASSERT(x->stride == 1);
    return (cvr_mat){(int64_t)x->size, 1,         (int64_t)x->size,
                     CVR_DOUBLE,       cvr_cpu(), x->data};
}

/* GSL asks for values and slopes one by one, mostly for both of the places where it asks
   for one: both are computed at once, and not again while it stays there. */
static void evaluate(minimiser *s, cvr_mat X)
{
    cvr_copy(s->place, X);
    if (s->failed != CVR_OK || (s->known && cvr_distance2(s->at, s->place) == 0))
        return;
    cvr_copy(s->at, s->place);
    cvr_copy(s->net.theta, s->place);
    s->failed = cvr_mlp_objective(&s->net, true, &s->value);
    s->known = s->failed == CVR_OK;
}

static double value(const gsl_vector *x, void *state)
{
    minimiser *s = state;
    evaluate(s, view(x));
    return s->failed == CVR_OK ? s->value : NAN;
}

static void slope(const gsl_vector *x, void *state, gsl_vector *g)
{
    minimiser *s = state;
    evaluate(s, view(x));
    cvr_copy(view(g), cvr_mlp_gradient(&s->net));
}

static void both(const gsl_vector *x, void *state, double *f, gsl_vector *g)
{
    *f = value(x, state);
    slope(x, state, g);
}

/* ---- one iteration ---------------------------------------------------------------- */

static double gradient_size(const minimiser *s)
{
    cvr_mat G = view(s->search->gradient);
    return sqrt(cvr_dot(G, G));
}

static cvr_status failed(const minimiser *s, int code)
{
    if (s->failed != CVR_OK)
        return s->failed;
    return cvr_fail(CVR_NUMERICAL, "GSL's minimiser %s: %s",
                    gsl_multimin_fdfminimizer_name(s->search), gsl_strerror(code));
}

/* The minimiser anew from s->start: its first direction is the steepest descent. */
static cvr_status begin(minimiser *s)
{
    gsl_vector *x = s->search->x;
    s->since = 0;
    cvr_copy(view(x), s->start);
    int code = gsl_multimin_fdfminimizer_set(s->search, &s->function, x, s->first_step,
                                             s->line_search);
    return code == GSL_SUCCESS && s->failed == CVR_OK ? CVR_OK : failed(s, code);
}

static cvr_status restart(minimiser *s)
{
    cvr_copy(s->start, view(s->search->x));
    return begin(s);
}

static int iterate(minimiser *s)
{
    s->since++;
    return gsl_multimin_fdfminimizer_iterate(s->search);
}

/* The iterations since the last beginning once more; the last one may have got stuck. */
static cvr_status repeat(minimiser *s, int64_t count)
{
    int code = GSL_SUCCESS;
    cvr_status status = CVR_OK;
    CVR_TRY(begin(s));
    while (s->since < count && code == GSL_SUCCESS)
        code = iterate(s);
    if (s->failed != CVR_OK || (code != GSL_SUCCESS && code != GSL_ENOPROG))
        status = failed(s, code);
done:
    return status;
}

/* The place where an iteration has come to. */
static void arrive(minimiser *s)
{
    cvr_copy(s->last, view(s->search->x));
    s->slope = gradient_size(s);
    s->left = false;
}

/* Back to s->last: the minimiser is to be brought there before the next iteration. */
static void go_back(minimiser *s, int64_t since)
{
    s->since = since;
    s->left = true;
    s->known = false;
    s->failed = CVR_OK;
}

/* When a line has no lower point, once more along the steepest descent; when that has
   none either, the minimiser is stuck and later steps do nothing. */
static cvr_status advance(minimiser *s)
{
    cvr_status status = CVR_OK;
    int code = GSL_SUCCESS;
    if (s->since >= RESTART)
        CVR_TRY(restart(s));
    code = iterate(s);
    if (code == GSL_ENOPROG && s->failed == CVR_OK) {
        CVR_TRY(restart(s));
        code = iterate(s);
        s->stuck = code == GSL_ENOPROG && s->failed == CVR_OK;
    }
    if (s->failed != CVR_OK || (code != GSL_SUCCESS && !s->stuck))
        status = failed(s, code);
done:
    return status;
}

static cvr_status step(void *state)
{
    minimiser *s = state;
    cvr_status status = CVR_OK;
    double begun = cvr_wall_seconds();
    int64_t since = s->since;
    if (s->stuck)
        return CVR_OK;
    if (s->left)
        CVR_TRY(repeat(s, since));
    s->left = false;
    CVR_TRY(advance(s));
    arrive(s);
    s->iterations++;
    cvr_phase_end(s->problem, CVR_PHASE_PRIMAL, begun);
done:
    if (status == CVR_INTERRUPTED) /* in repeat: all of them; else: but for the last */
        go_back(s, s->left ? since : s->since > 0 ? s->since - 1 : 0);
    return status;
}

/* The place that a checkpoint holds, and the iterations since. */
static cvr_status restored(void *state)
{
    minimiser *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(repeat(s, s->since));
    arrive(s);
done:
    return status;
}

/* ---- measuring -------------------------------------------------------------------- */

static void judge(minimiser *s, cvr_progress *progress)
{
    double size = s->slope;
    progress->dual_residual = size > 0 ? size / s->gradient0 : size;
    if (!isfinite(progress->objective) || !isfinite(size)) {
        progress->outcome = CVR_DIVERGED;
        snprintf(progress->note, sizeof progress->note,
                 "the loss is not finite; try a --first-step below %g", s->first_step);
    } else if (progress->dual_residual <= s->tolerance) {
        progress->outcome = CVR_CONVERGED;
    } else if (s->stuck) {
        progress->outcome = CVR_STOPPED;
        snprintf(progress->note, sizeof progress->note,
                 "no lower point was found after %lld iterations, at a gradient of %.1e "
                 "of the first%s",
                 (long long)s->iterations, progress->dual_residual,
                 s->problem->X.type == CVR_SINGLE ? "; try --precision double" : "");
    }
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    minimiser *s = state;
    evaluate(s, s->last);
    if (s->failed == CVR_INTERRUPTED) {
        s->failed = CVR_OK;
        return CVR_INTERRUPTED;
    }
    progress->objective = s->net.square * s->value;
    *outputs = s->net.F;
    snprintf(progress->solver, sizeof progress->solver, "%s, %s loss",
             gsl_multimin_fdfminimizer_name(s->search), s->net.loss->name);
    judge(s, progress);
    return s->failed;
}

static cvr_status model(void *state, cvr_model *m)
{
    minimiser *s = state;
    cvr_copy(s->net.theta, s->last);
    cvr_status status = cvr_mlp_model(&s->net, m);
    cvr_copy(s->net.theta, s->at);
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem,
                       const gsl_multimin_fdfminimizer_type *type)
{
    const minimiser_options *o = cvr_settings_values(problem->settings);
    minimiser *s = state;
    s->problem = problem;
    s->type = type;
    s->first_step = o->first_step;
    s->line_search = o->line_search;
    s->tolerance = o->net.run.tolerance;
    return cvr_mlp_pose(&s->net, problem);
}

static cvr_status pose_cg(void *state, const cvr_problem *problem)
{
    return pose(state, problem, gsl_multimin_fdfminimizer_conjugate_pr);
}

static cvr_status pose_bfgs(void *state, const cvr_problem *problem)
{
    return pose(state, problem, gsl_multimin_fdfminimizer_vector_bfgs2);
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    minimiser *s = state;
    int64_t N = s->net.count;
    cvr_lay_double(w, CVR_SHARED, "start", &s->start, N, 1);
    cvr_lay_integer(w, "since", &s->since, 0, RESTART);
    cvr_lay_count(w, "iterations", &s->iterations);
    cvr_lay_switch(w, "stuck", &s->stuck);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &s->last, N, 1);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &s->at, N, 1);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &s->place, N, 1);
    return cvr_mlp_lay_out(&s->net, w, CVR_SCRATCH);
}

/* What GSL needs for itself; not collective. */
static cvr_status take_search(minimiser *s)
{
    size_t N = (size_t)s->net.count;
    s->function = (gsl_multimin_function_fdf){value, slope, both, N, s};
    s->search = gsl_multimin_fdfminimizer_alloc(s->type, N);
    return s->search ? CVR_OK
                     : cvr_fail(CVR_NO_MEMORY,
                                "out of memory for the minimiser of %zu weights", N);
}

static cvr_status start(void *state)
{
    minimiser *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(s->problem->comm, take_search(s)));
    CVR_TRY(cvr_mlp_start(&s->net));
    cvr_copy(s->start, s->net.theta);
    CVR_TRY(begin(s));
    arrive(s);
    s->gradient0 = s->slope;
done:
    return status;
}

static void teardown(void *state)
{
    minimiser *s = state;
    if (s->search)
        gsl_multimin_fdfminimizer_free(s->search);
}

#define METHOD(called, what, posed)                                                      \
    {                                                                                    \
        .info = {.name = (called), .about = (what), .options = options},                 \
        .options_size = sizeof(minimiser_options), .state_size = sizeof(minimiser),      \
        .pose = (posed), .lay_out = lay_out, .start = start, .restored = restored,       \
        .step = step, .rolls_back = true, .measure = measure, .model = model,            \
        .teardown = teardown, .weighs = true                                             \
    }

const cvr_method cvr_cg_method = METHOD(
    "cg", "baseline: any ReLU network by conjugate gradients on all rows (GSL)", pose_cg);
const cvr_method cvr_bfgs_method = METHOD(
    "bfgs", "baseline: any ReLU network by vector BFGS on all rows (GSL)", pose_bfgs);
