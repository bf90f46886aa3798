/* lbfgs: a network of any depth by L-BFGS on all rows at once (solver/lbfgs.h), which is
   what papers on convex programs of networks compare with.

       minimise  1/n sum_rows l(f, y) + w/2 |theta|^2                            (mlp.h)

   theta is kept in double, whatever the type of the data: an evaluation is one message,
   the same bits everywhere. */
#include <math.h>
#include <stdio.h>

#include "baseline/mlp.h"
#include "solver/lbfgs.h"
#include "solver/remark.h"

typedef struct lbfgs_options {
    cvr_mlp_options net;
    int64_t memory;
} lbfgs_options;

#define AT(type, field) CVR_FIELD(lbfgs_options, type, field)
static const cvr_option options[] = {
    CVR_MLP_OPTIONS,
    {"memory", CVR_INTEGER, "10", 1, 1000, NULL, "steps whose curvature is remembered",
     AT(int64_t, memory)},
    {"tolerance", CVR_REAL, "1e-5", 0, 1, NULL,
     "stop when the gradient, as a fraction of that at the start, is this small"},
    {0}};

typedef struct lbfgs {
    const cvr_problem *problem;
    cvr_mlp net; /* evaluated last where the search has evaluated last */
    cvr_lbfgs search;
    double tolerance, gradient0;
    int64_t iterations;
} lbfgs;

static double gradient_size(const lbfgs *s)
{
    return sqrt(cvr_dot(s->search.g, s->search.g));
}

static cvr_status evaluate(void *state, cvr_mat x, double *value, cvr_mat g)
{
    lbfgs *s = state;
    cvr_status status = CVR_OK;
    cvr_copy(s->net.theta, x);
    CVR_TRY(cvr_mlp_objective(&s->net, true, value));
    cvr_copy(g, cvr_mlp_gradient(&s->net));
done:
    return status;
}

static cvr_status step(void *state)
{
    lbfgs *s = state;
    double begun = cvr_wall_seconds();
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lbfgs_step(&s->search));
    s->iterations += !s->search.stuck;
done:
    cvr_phase_end(s->problem, CVR_PHASE_PRIMAL, begun);
    return status;
}

/* ---- measuring --------------------------------------------------------------------- */

static void judge(const lbfgs *s, cvr_progress *p)
{
    double size = gradient_size(s);
    p->dual_residual = size > 0 ? size / s->gradient0 : size;
    if (!isfinite(p->objective) || !isfinite(size)) {
        p->outcome = CVR_DIVERGED;
        cvr_remark(p, "the loss is not finite");
    } else if (p->dual_residual <= s->tolerance) {
        p->outcome = CVR_CONVERGED;
    } else if (s->search.stuck) {
        p->outcome = CVR_STOPPED;
        cvr_remark(p,
                   "no lower point was found after %lld iterations, at a gradient of "
                   "%.1e of the first%s",
                   (long long)s->iterations, p->dual_residual,
                   s->problem->X.type == CVR_SINGLE ? "; try --precision double" : "");
    }
}

static cvr_status measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    lbfgs *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lbfgs_settle(&s->search));
    progress->objective = s->net.square * s->search.value;
    *outputs = s->net.F;
    snprintf(progress->solver, sizeof progress->solver, "l-bfgs, %s loss",
             s->net.loss->name);
    judge(s, progress);
done:
    return status;
}

static cvr_status model(void *state, cvr_model *m)
{
    lbfgs *s = state;
    cvr_copy(s->net.theta, s->search.x);
    return cvr_mlp_model(&s->net, m);
}

/* ---- making ------------------------------------------------------------------------ */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    const lbfgs_options *o = cvr_settings_values(problem->settings);
    lbfgs *s = state;
    cvr_status status = CVR_OK;
    s->problem = problem;
    s->tolerance = o->net.run.tolerance;
    CVR_TRY(cvr_mlp_pose(&s->net, problem));
    s->search = (cvr_lbfgs){
        .function = evaluate, .state = s, .N = s->net.count, .memory = o->memory};
done:
    return status;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    lbfgs *s = state;
    cvr_status status = CVR_OK;
    cvr_lay_count(w, "iterations", &s->iterations);
    CVR_TRY(cvr_lbfgs_lay_out(&s->search, w, true));
    CVR_TRY(cvr_mlp_lay_out(&s->net, w, CVR_SCRATCH));
done:
    return status;
}

static cvr_status start(void *state)
{
    lbfgs *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mlp_start(&s->net));
    cvr_copy(s->search.x, s->net.theta);
    CVR_TRY(cvr_lbfgs_start(&s->search));
    s->gradient0 = gradient_size(s);
done:
    return status;
}

static cvr_status restored(void *state)
{
    ((lbfgs *)state)->search.here = false;
    return CVR_OK;
}

const cvr_method cvr_lbfgs_method = {
    .info = {.name = "lbfgs",
             .about = "baseline: any ReLU network by L-BFGS on all rows",
             .options = options},
    .options_size = sizeof(lbfgs_options),
    .state_size = sizeof(lbfgs),
    .pose = pose,
    .lay_out = lay_out,
    .start = start,
    .restored = restored,
    .step = step,
    .rolls_back = true,
    .measure = measure,
    .model = model,
    .weighs = true};
