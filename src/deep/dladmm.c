/* dladmm: two passes an iteration, down and up, after J. Wang et al. (KDD 2019).

       minimise  c l(z_L, y) + <lambda, z_L - m_L> + b_L |z_L - m_L|^2
                 + sum_{l<L} ( g_l |a_l - h(z_l)|^2 + b_l |z_l - m_l|^2 )
       m_l = a_{l-1} V_l, h = ReLU, a_0 = X

       down  l = L .. 1:   a_l (l < L), z_l, V_l          the steps of stored.h
       up    l = 1 .. L:   V_l, z_l, a_l (l < L)
       then                lambda += 2 b_L (z_L - m_L)

   No step raises the function before lambda moves; lambda = -c l'(z_L) behind that. For
   a loss whose slope has the Lipschitz constant H it falls in every iteration where b_L
   is above H. Two messages a layer.

   As published: equal penalties that grow from 5e-7 (schedule.h), majorised steps of a
   and V, softmax, weights N(0, 0.1^2). */
#include "deep/grow.h"
#include "deep/schedule.h"
#include "deep/stored.h"

/* clang-format off */
static const cvr_deep_defaults printed = {
    .name = "dladmm", .top = {5e-7, 5e-7, 5e-7}, .activation = 1, .weights = 1,
    .multiplier = CVR_MULTIPLIER_FULL, .loss = &cvr_loss_softmax, .gaussian = true,
    .init_scale = {1, 0.1}};

static const cvr_deep_defaults defaults = {
    .name = "dladmm", .top = {0.05, 0.15, 1}, .activation = 0.5, .weights = 0.2,
    .ridge = {0.03, 0.02, 0.01}, .multiplier = CVR_MULTIPLIER_FULL,
    .init_scale = {0.4, 0.1}, .growth = CVR_GROWTH_RISES, .printed = &printed};
/* clang-format on */

static const cvr_option options[] = {
    CVR_DEEP_BLOCKS,
    CVR_DEEP_SCHEDULE("has risen three times"),
    CVR_DEEP_PUBLISHED(
        "majorised, penalties 5e-7 that grow, softmax, weights N(0, 0.01), "
        "no ridge"),
    CVR_DEEP_NETWORK_OPTIONS,
    CVR_DEEP_PENALTIES("0.05 (one output: 0.15, squared loss: 1)", "0.5", "0.2"),
    CVR_DEEP_RIDGES("0.01 for values, 0.02 for two classes, 0.03 for more", "0"),
    CVR_DEEP_WARM("0"),
    CVR_DEEP_START("", "0.4, with gaussian 0.1"),
    CVR_DEEP_GROW,
    CVR_DEEP_RUN_OPTIONS,
    {0}};

typedef struct dladmm {
    cvr_deep_stored stored; /* first */
    cvr_deep_schedule schedule;
} dladmm;

/* z_l; lambda moves on the way up alone. */
static void z_step(cvr_deep_stored *s, int l, bool up)
{
    cvr_deep_multiplier multiplier = s->deep.top.multiplier;
    if (!up)
        s->deep.top.multiplier = CVR_MULTIPLIER_NONE;
    cvr_deep_stored_z(s, l);
    s->deep.top.multiplier = multiplier;
}

static cvr_status down(cvr_deep_stored *s)
{
    int top = s->deep.network.depth - 1;
    cvr_status status = CVR_OK;
    for (int l = top; l >= 0 && s->deep.network.fit.finite; l--) {
        if (l < top)
            CVR_TRY(cvr_deep_stored_a(s, l));
        z_step(s, l, false);
        CVR_TRY(cvr_deep_stored_w(s, l, 1));
    }
done:
    return status;
}

static cvr_status up(cvr_deep_stored *s)
{
    int top = s->deep.network.depth - 1;
    cvr_status status = CVR_OK;
    for (int l = 0; l <= top && s->deep.network.fit.finite; l++) {
        CVR_TRY(cvr_deep_stored_w(s, l, 1));
        z_step(s, l, true);
        if (l < top)
            CVR_TRY(cvr_deep_stored_a(s, l));
    }
done:
    return status;
}

static cvr_status step(void *state)
{
    dladmm *s = state;
    cvr_deep *d = &s->stored.deep;
    double grown;
    cvr_status status = CVR_OK;
    if (!cvr_deep_begin(d))
        return CVR_OK;
    cvr_deep_multiply(d, d->iterations);
    CVR_TRY(down(&s->stored));
    CVR_TRY(up(&s->stored));
    CVR_TRY(cvr_deep_schedule_step(&s->schedule, d, &grown));
    CVR_TRY(cvr_deep_end(d));
done:
    return status;
}

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    dladmm *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_pose(&s->stored.deep, problem, &defaults));
    cvr_deep_schedule_pose(&s->schedule, &s->stored.deep);
done:
    return status;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    dladmm *s = state;
    cvr_deep_schedule_lay_out(&s->schedule, w);
    return cvr_deep_stored_lay_out(&s->stored, w);
}

static cvr_status restored(void *state)
{
    dladmm *s = state;
    cvr_deep_schedule_apply(&s->schedule, &s->stored.deep);
    return CVR_OK;
}

const cvr_method cvr_dladmm_method = {
    .info = {.name = "dladmm",
             .about = "networks of many layers by dlADMM: two passes an iteration",
             .options = options,
             .own_threads = true},
    .options_size = sizeof(cvr_deep_given),
    .state_size = sizeof(dladmm),
    .pose = pose,
    .lay_out = lay_out,
    .start = cvr_deep_stored_start,
    .restored = restored,
    .step = step,
    .measure = cvr_deep_stored_measure,
    .model = cvr_deep_model,
    .weighs = true,
    .turns = true};
