/* Stochastic gradient descent with momentum, for the mean gradient g of a batch:

       u = momentum u + g,   theta -= rate u */
#include "baseline/descent.h"
#include "baseline/methods.h"
#include "linalg/ops.h"

static const cvr_option options[] = {
    CVR_NETWORK_OPTIONS,
    {"learning-rate", CVR_REAL, "0.05", DBL_MIN, DBL_MAX, NULL, "step size"},
    {"momentum", CVR_REAL, "0.9", 0, 1, NULL,
     "momentum: the fraction of the last step that is kept"},
    CVR_DESCENT_OPTIONS,
    {NULL, CVR_TEXT, NULL, 0, 0, NULL, NULL}};

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

static cvr_status setup(void *state, const cvr_problem *problem)
{
    sgd *s = state;
    cvr_status status = CVR_OK;
    s->momentum = cvr_settings_real(problem->settings, "momentum");
    CVR_TRY(cvr_descent_new(problem, rule, &s->descent));
    cvr_mat like = s->descent.net.theta;
    CVR_TRY(cvr_mat_new(like.device, like.type, like.rows, 1, &s->u));
done:
    return status;
}

static cvr_status keep(void *state, cvr_archive *k)
{
    sgd *s = state;
    cvr_descent_serialize(&s->descent, k);
    cvr_archive_mat(k, "u", s->u);
    return cvr_archive_status(k);
}

static void teardown(void *state)
{
    sgd *s = state;
    cvr_mat_free(&s->u);
    cvr_descent_free(&s->descent);
}

const cvr_method cvr_sgd_method = {
    .info = {.name = "sgd",
             .about = "baseline: any ReLU network by stochastic gradients with momentum",
             .options = options},
    .state_size = sizeof(sgd),
    .setup = setup,
    .step = cvr_descent_step,
    .measure = cvr_descent_measure,
    .model = cvr_descent_model,
    .keep = keep,
    .teardown = teardown};
