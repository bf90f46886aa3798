/* Epochs, batches and measurements of adam and sgd. */
#include "baseline/descent.h"

#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

/* ---- one epoch -------------------------------------------------------------------- */

/* Fisher and Yates; a function of (seed, epoch) alone. */
static void shuffle(cvr_descent *d)
{
    const cvr_problem *p = d->problem;
    for (int64_t i = 0; i < p->rows; i++) {
        int64_t j = cvr_random_below(p->seed, CVR_FOR_BATCHES, d->epoch, i, i + 1);
        d->order[i] = d->order[j];
        d->order[j] = i;
    }
}

static void gather(cvr_descent *d, int64_t place, int64_t row)
{
    cvr_copy(cvr_mat_cols(d->Xb, place, 1), cvr_mat_cols(d->Xt, row, 1));
    cvr_copy(cvr_mat_cols(d->Yb, place, 1), cvr_mat_cols(d->Yt, row, 1));
    if (d->omega)
        d->omega[place] = cvr_problem_weight(d->problem, row);
}

static void add_gathered(cvr_descent *d, int64_t count, double scale)
{
    if (count > 0)
        (void)cvr_mlp_add(&d->net, cvr_mat_cols(d->Xb, 0, count),
                          cvr_mat_cols(d->Yb, 0, count), CVR_N, scale, d->omega);
}

/* net.gradient = the mean gradient of rows order[first .. first + count), and w theta. */
static cvr_status batch_gradient(cvr_descent *d, int64_t first, int64_t count)
{
    const cvr_problem *p = d->problem;
    int64_t held = 0;
    double scale = (double)p->rows / cvr_problem_total(p) / (double)count;
    cvr_status status = CVR_OK;
    cvr_fill(d->net.gradient, 0);
    for (int64_t k = first; k < first + count; k++) {
        int64_t row = d->order[k] - p->first;
        if (row < 0 || row >= p->X.rows)
            continue;
        gather(d, held++, row);
        if (held == d->net.block) {
            add_gathered(d, held, scale);
            held = 0;
            if (cvr_interrupt_poll(p->comm))
                break;
        }
    }
    add_gathered(d, held, scale);
    cvr_mlp_decay(&d->net);
    CVR_TRY(cvr_allreduce(p->comm, d->net.gradient));
    CVR_TRY(cvr_interrupt_check(p->comm));
done:
    return status;
}

/* first_rate (1 + cos(pi e)) / 2, e the part of all epochs that is done; a run that is
   continued beyond its epochs has come to 0. */
static void set_rate(cvr_descent *d, int64_t first)
{
    double done = (double)d->epoch + (double)first / (double)d->problem->rows;
    double part = fmin(done / (double)d->epochs, 1);
    d->rate = d->first_rate * (d->cosine ? (1 + cos(M_PI * part)) / 2 : 1);
}

cvr_status cvr_descent_step(void *state)
{
    cvr_descent *d = state;
    const cvr_problem *p = d->problem;
    cvr_status status = CVR_OK;
    double begun = cvr_wall_seconds();
    shuffle(d);
    for (int64_t first = 0; first < p->rows; first += d->batch) {
        int64_t left = p->rows - first;
        CVR_TRY(batch_gradient(d, first, left < d->batch ? left : d->batch));
        set_rate(d, first);
        d->rule(state, &d->net);
    }
    d->epoch++;
    cvr_phase_end(p, CVR_PHASE_PRIMAL, begun);
done:
    return status;
}

/* ---- measuring -------------------------------------------------------------------- */

/* |gradient| over all rows; the objective. */
static cvr_status size_gradient(cvr_descent *d, double *objective, double *size)
{
    cvr_status status = cvr_mlp_objective(&d->net, true, objective);
    cvr_mat G = cvr_mlp_gradient(&d->net);
    *size = sqrt(cvr_dot(G, G));
    return status;
}

cvr_status cvr_descent_measure(void *state, cvr_progress *progress, cvr_mat *outputs)
{
    cvr_descent *d = state;
    double size = 0;
    cvr_status status = CVR_OK;
    if (d->tolerance > 0) {
        CVR_TRY(size_gradient(d, &progress->objective, &size));
        progress->dual_residual = size > 0 ? size / d->gradient0 : size;
    } else {
        CVR_TRY(cvr_mlp_objective(&d->net, false, &progress->objective));
    }
    progress->objective *= d->net.square;
    *outputs = d->net.F;
    snprintf(progress->solver, sizeof progress->solver, "%s, %s loss", progress->method,
             d->net.loss->name);
    if (!isfinite(progress->objective)) {
        progress->outcome = CVR_DIVERGED;
        snprintf(progress->note, sizeof progress->note,
                 "the loss is not finite; try a --learning-rate below %g", d->first_rate);
    } else if (progress->dual_residual <= d->tolerance) {
        progress->outcome = CVR_CONVERGED;
    }
done:
    return status;
}

cvr_status cvr_descent_model(void *state, cvr_model *m)
{
    return cvr_mlp_model(&((cvr_descent *)state)->net, m);
}

/* ---- making ----------------------------------------------------------------------- */

cvr_status cvr_descent_pose(cvr_descent *d, const cvr_problem *problem, cvr_rule *rule)
{
    const cvr_descent_options *o = cvr_settings_values(problem->settings);
    d->problem = problem;
    d->rule = rule;
    d->batch = o->batch;
    d->first_rate = o->learning_rate;
    d->cosine = o->schedule == 1;
    d->epochs = o->net.run.max_iterations;
    d->tolerance = o->net.run.tolerance;
    return cvr_mlp_pose(&d->net, problem);
}

cvr_status cvr_descent_lay_out(cvr_descent *d, cvr_workspace *w)
{
    const cvr_problem *p = d->problem;
    int64_t features = d->net.X.cols, C = p->Y.cols, block = d->net.block;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mlp_lay_out(&d->net, w, CVR_SHARED));
    cvr_lay_count(w, "epoch", &d->epoch);
    CVR_LAY_SCRATCH(w, features, p->X.rows, &d->Xt);
    CVR_LAY_SCRATCH(w, C, p->X.rows, &d->Yt);
    CVR_LAY_SCRATCH(w, features, block, &d->Xb);
    CVR_LAY_SCRATCH(w, C, block, &d->Yb);
    CVR_TRY(cvr_lay_array(w, (void **)&d->order, p->rows, sizeof *d->order));
    if (p->W.data)
        CVR_TRY(cvr_lay_array(w, (void **)&d->omega, block, sizeof *d->omega));
done:
    return status;
}

cvr_status cvr_descent_start(void *state)
{
    cvr_descent *d = state;
    double objective = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mlp_start(&d->net));
    cvr_transpose(d->Xt, d->net.X);
    cvr_transpose(d->Yt, d->problem->Y);
    if (d->tolerance > 0)
        CVR_TRY(size_gradient(d, &objective, &d->gradient0));
done:
    return status;
}
