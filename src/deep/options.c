/* Options from settings, defaults of the method among them. */
#include "deep/options.h"

#include <math.h>

#include "base/log.h"
#include "model/ops.h"

static double given_or(double given, double otherwise)
{
    return isnan(given) ? otherwise : given;
}

static cvr_status read_loss(const cvr_problem *p, const cvr_deep_defaults *d,
                            const cvr_loss **loss)
{
    bool classes = p->train->task == CVR_CLASSIFY;
    int choice = ((const cvr_deep_given *)cvr_settings_values(p->settings))->loss;
    *loss = choice > 0 ? cvr_losses_prox[choice - 1]
            : !classes ? &cvr_loss_squared
            : d->loss  ? d->loss
                       : &cvr_loss_hinge;
    if (!classes && (*loss)->targets != CVR_TARGETS_VALUES)
        return cvr_fail(
            CVR_USAGE,
            "--loss hinge and softmax are for classes; for values use --loss squared");
    if ((*loss)->targets == CVR_TARGETS_ONE_HOT && p->Y.cols > CVR_SOFTMAX_COLUMNS)
        return cvr_fail(CVR_USAGE, "--loss softmax takes at most %d classes, not %lld",
                        CVR_SOFTMAX_COLUMNS, (long long)p->Y.cols);
    return CVR_OK;
}

/* Those whose default depends on the task and the loss. */
static void read_penalties(const cvr_problem *p, const cvr_deep_defaults *d,
                           cvr_deep_options *o)
{
    const cvr_deep_given *s = cvr_settings_values(p->settings);
    int one = p->Y.cols == 1, task = p->train->task == CVR_CLASSIFY ? one : 2;
    int loss = o->loss == &cvr_loss_squared ? 2 : one;
    o->penalty_top = given_or(s->penalty_top, d->top[loss]);
    o->penalty_activation = given_or(s->penalty_activation, d->activation);
    o->penalty_weights = given_or(s->penalty_weights, d->weights);
    o->ridge = given_or(s->ridge, d->ridge[task]);
    o->ridge_halving = CVR_GIVEN(s, ridge_halving) ? s->ridge_halving : d->halving[task];
    if (o->penalty_top >= 20)
        cvr_note(CVR_LOG_NOTE, "--penalty-top %g: labels hardly enter the network",
                 o->penalty_top);
    if (o->ridge >= 0.1)
        cvr_note(CVR_LOG_NOTE, "--ridge %g: hidden units may die", o->ridge);
}

/* How weights start; of methods that were printed in another form, which. */
static void read_form(const cvr_deep_given *s, const cvr_deep_defaults *defaults,
                      const cvr_deep_defaults *d, cvr_deep_options *o)
{
    o->he = !(CVR_GIVEN(s, init) ? s->init == 1 : d->gaussian);
    o->init_scale = given_or(s->init_scale, d->init_scale[o->he ? 0 : 1]);
    if (!defaults->printed)
        return;
    o->majorised = CVR_GIVEN(s, blocks) ? s->blocks == 1 : s->published;
    if (defaults->growth != CVR_GROWTH_NONE &&
        (CVR_GIVEN(s, schedule) ? s->schedule == 1 : s->published))
        o->growth = defaults->growth;
}

cvr_status cvr_deep_read(const cvr_problem *problem, const cvr_deep_defaults *defaults,
                         cvr_deep_options *o)
{
    const cvr_deep_given *s = cvr_settings_values(problem->settings);
    const cvr_deep_defaults *d = s->published ? defaults->printed : defaults;
    cvr_status status = CVR_OK;
    CVR_TRY(read_loss(problem, d, &o->loss));
    o->multiplier =
        s->multiplier == 0 ? d->multiplier : (cvr_deep_multiplier)(s->multiplier - 1);
    o->warm =
        d->multiplier != CVR_MULTIPLIER_NONE && CVR_GIVEN(s, warm) ? s->warm : d->warm;
    o->damping = s->damping;
    o->block = s->block;
    o->threads = s->run.threads;
    o->tolerance = s->run.tolerance;
    read_form(s, defaults, d, o);
    read_penalties(problem, d, o);
    CVR_TRY(cvr_layers_read(s->layers, &o->hidden));
done:
    return status;
}
