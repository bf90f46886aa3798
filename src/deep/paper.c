/* deep --sweep paper: the order of Taylor et al. (2016), algorithm 1.

       minimise  c l(z_L, y) + <lambda, z_L - m_L> + b_L |z_L - m_L|^2
                 + sum_{l<L} ( g_l |a_l - h(z_l)|^2 + b_l |z_l - m_l|^2 )
       m_l = a_{l-1} V_l, h = ReLU, a_0 = X

       for l = 1 .. L - 1:   V_l, a_l, z_l           the exact steps of stored.h
       then                  V_L, z_L and lambda

   Each step is the minimiser over its own unknowns, so that without a multiplier (and
   without a ridge) the function never rises. A message a layer. */
#include "base/random.h"
#include "deep/stored.h"
#include "linalg/mats.h"

/* clang-format off */
static const cvr_deep_defaults defaults = {
    .name = "bregman-admm paper", .top = {0.0024, 0.0024, 0.0024}, .activation = 0.95,
    .weights = 0.015, .ridge = {0.01, 0.01, 0.01}, .halving = {20, 20, 20}, .warm = 0,
    .multiplier = CVR_MULTIPLIER_PAPER, .init_scale = {0.15, 1}};
/* clang-format on */

/* Gaussian z and a, and weights that fit them. */
static cvr_status start_gaussian(cvr_deep_stored *s)
{
    const cvr_deep_network *n = &s->deep.network;
    const cvr_problem *p = n->problem;
    cvr_status status = CVR_OK;
    for (int l = 0; l < n->depth; l++) {
        uint64_t stream = p->seed + ((uint64_t)(2 * l + 2) << 53);
        cvr_random_normal(s->Z[l], stream, CVR_FOR_STARTS, p->first);
        cvr_scale(s->Z[l], s->deep.options.init_scale);
        if (l + 1 == n->depth)
            break;
        cvr_mat A = cvr_deep_units(n, s->A[l]);
        cvr_random_normal(A, stream + ((uint64_t)1 << 53), CVR_FOR_STARTS, p->first);
        cvr_scale(A, s->deep.options.init_scale);
    }
    for (int l = 0; l < n->depth; l++)
        CVR_TRY(cvr_deep_stored_w(s, l, 1));
done:
    return status;
}

/* Weights first, or z and a. */
static cvr_status start(void *state)
{
    cvr_deep_stored *s = state;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_deep_stored_open(s));
    if (s->deep.options.he)
        cvr_deep_stored_follow(s);
    else
        CVR_TRY(start_gaussian(s));
    CVR_TRY(cvr_deep_started(&s->deep));
done:
    return status;
}

static cvr_status step(void *state)
{
    cvr_deep_stored *s = state;
    const cvr_deep_network *n = &s->deep.network;
    cvr_status status = CVR_OK;
    if (!cvr_deep_begin(&s->deep))
        return CVR_OK;
    cvr_deep_multiply(&s->deep, s->deep.iterations);
    for (int l = 0; l < n->depth && n->fit.finite; l++) {
        CVR_TRY(cvr_deep_stored_w(s, l, 1));
        if (l + 1 < n->depth)
            CVR_TRY(cvr_deep_stored_a(s, l));
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
                                   .start = start,
                                   .step = step,
                                   .measure = cvr_deep_stored_measure,
                                   .model = cvr_deep_model,
                                   .weighs = true,
                                   .turns = true};
