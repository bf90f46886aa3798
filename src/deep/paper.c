/* deep --sweep paper: the order of Taylor et al. (2016), algorithm 1.

       minimise  c l(z_L, y) + <lambda, z_L - m_L> + b_L |z_L - m_L|^2
                 + sum_{l<L} ( g_l |a_l - h(z_l)|^2 + b_l |z_l - m_l|^2 )
       m_l = a_{l-1} V_l, h = ReLU, a_0 = X

       for l = 1 .. L - 1:   V_l, a_l, z_l           the exact steps of stored.h
       then                  V_L, z_L and lambda

   Each step is the minimiser over its own unknowns, so that without a multiplier (and
   without a ridge) the function never rises. A message a layer. */
#include "deep/stored.h"

/* clang-format off */
static const cvr_deep_defaults defaults = {
    .name = "paper", .top = {0.0024, 0.0024, 0.0024}, .activation = 0.95,
    .weights = 0.015, .ridge = {0.01, 0.01, 0.01}, .halving = {20, 20, 20}, .warm = 0,
    .multiplier = CVR_MULTIPLIER_PAPER};
/* clang-format on */

static cvr_status step(void *state)
{
    cvr_deep_stored *s = state;
    const cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    if (!cvr_deep_begin(&s->deep))
        return CVR_OK;
    cvr_deep_multiply(&s->deep, s->deep.iterations);
    for (int l = 0; l < n->depth && n->fit.finite; l++) {
        CVR_TRY(cvr_deep_stored_w(s, l));
        if (l + 1 < n->depth)
            cvr_deep_stored_a(s, l);
        cvr_deep_stored_z(s, l);
    }
    CVR_TRY(cvr_deep_end(&s->deep));
done:
    return status;
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    return cvr_deep_pose(&((cvr_deep_stored *)state)->deep, problem, &defaults);
}

const cvr_method cvr_deep_paper = {.info = {.name = "deep"},
                                   .state_size = sizeof(cvr_deep_stored),
                                   .pose = pose,
                                   .lay_out = cvr_deep_stored_lay_out,
                                   .start = cvr_deep_stored_start,
                                   .step = step,
                                   .measure = cvr_deep_stored_measure,
                                   .model = cvr_deep_model,
                                   .turns = true};
