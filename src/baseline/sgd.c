/* sgd: a network of any depth by stochastic gradients with momentum (Polyak 1964).

       minimise  1/n sum_rows l(f, y) + w/2 |theta|^2                            (mlp.h)

   For each batch of rows in an epoch (descent.h), g its mean gradient and that of w:

       u = momentum u + g,   theta -= rate u */
#include "baseline/descent.h"

typedef struct sgd_options {
    cvr_descent_options descent;
    double momentum;
} sgd_options;

#define AT(type, field) CVR_FIELD(sgd_options, type, field)
static const cvr_option options[] = {
    CVR_MLP_OPTIONS,
    {"learning-rate", CVR_REAL, "0.05", DBL_MIN, DBL_MAX, NULL, "step size",
     CVR_FIELD(cvr_descent_options, double, learning_rate)},
    {"momentum", CVR_REAL, "0.9", 0, 1, NULL,
     "momentum: the fraction of the last step that is kept", AT(double, momentum)},
    CVR_DESCENT_OPTIONS,
    {0}};

typedef struct sgd {
    cvr_descent descent; /* first */
    cvr_mat u;           /* N x 1 */
    double momentum;
} sgd;

static void rule(void *state, cvr_mlp *net)
{
    sgd *s = state;
    cvr_axpby(s->u, 1, net->gradient, s->momentum);
    cvr_axpby(net->theta, -s->descent.rate, s->u, 1);
}

static cvr_status pose(void *state, const cvr_problem *problem)
{
    sgd *s = state;
    s->momentum = ((const sgd_options *)cvr_settings_values(problem->settings))->momentum;
    return cvr_descent_pose(&s->descent, problem, rule);
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    sgd *s = state;
    cvr_lay(w, CVR_SHARED, "u", &s->u, s->descent.net.count, 1);
    return cvr_descent_lay_out(&s->descent, w);
}

const cvr_method cvr_sgd_method = {
    .info = {.name = "sgd",
             .about = "baseline: any ReLU network by stochastic gradients with momentum",
             .options = options},
    .options_size = sizeof(sgd_options),
    .state_size = sizeof(sgd),
    .pose = pose,
    .lay_out = lay_out,
    .start = cvr_descent_start,
    .step = cvr_descent_step,
    .measure = cvr_descent_measure,
    .model = cvr_descent_model,
    .weighs = true};
