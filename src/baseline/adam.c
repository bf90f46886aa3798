/* Adam (Kingma and Ba 2015), with the mean gradient g of a batch:

       m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g o g
       theta -= rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)

   The bias corrections are taken out of the vectors: with c = sqrt(1 - b2^t),
       theta -= rate c / (1 - b1^t) m / (sqrt(v) + epsilon c) */
#include <math.h>

#include "baseline/descent.h"
#include "baseline/methods.h"
#include "linalg/mats.h"

static const cvr_option options[] = {
    CVR_NETWORK_OPTIONS,
    {"learning-rate", CVR_REAL, "1e-3", DBL_MIN, DBL_MAX, NULL, "step size"},
    {"beta-1", CVR_REAL, "0.9", 0, 1 - DBL_EPSILON, NULL,
     "decay rate of the mean of the gradients"},
    {"beta-2", CVR_REAL, "0.999", 0, 1 - DBL_EPSILON, NULL,
     "decay rate of the mean of their squares"},
    {"epsilon", CVR_REAL, "1e-8", DBL_MIN, 1, NULL,
     "added to the square root of the latter"},
    CVR_DESCENT_OPTIONS,
    {NULL, CVR_TEXT, NULL, 0, 0, NULL, NULL}};

enum { PIECE = 4096 }; /* entries at a time: seven passes over them stay in the cache */

typedef struct adam {
    cvr_descent descent; /* first */
    cvr_mat m, v;        /* N x 1 */
    cvr_mat change;      /* PIECE x 1 */
    cvr_mat floor;       /* 1 x 1: epsilon c */
    double b1, b2, epsilon;
    int64_t steps;
} adam;

static cvr_mat piece(cvr_mat v, int64_t first, int64_t count)
{
    return cvr_mat_part(v, first, 0, count, 1);
}

/* Entries first .. first + count - 1. */
static void move(adam *s, cvr_mlp *net, int64_t first, int64_t count, double length)
{
    cvr_mat g = piece(net->gradient, first, count);
    cvr_mat m = piece(s->m, first, count), v = piece(s->v, first, count);
    cvr_mat change = piece(s->change, 0, count);
    cvr_axpby(m, 1 - s->b1, g, s->b1);
    cvr_square(change, g);
    cvr_axpby(v, 1 - s->b2, change, s->b2);
    cvr_copy(change, v);
    cvr_square_root(change);
    cvr_add_row(change, s->floor);
    cvr_reciprocal(change, 0);
    cvr_hadamard(change, m);
    cvr_axpby(piece(net->theta, first, count), -length, change, 1);
}

static void rule(void *state, cvr_mlp *net)
{
    adam *s = state;
    double t = (double)++s->steps, c = sqrt(1 - pow(s->b2, t));
    double length = s->descent.rate * c / (1 - pow(s->b1, t));
    cvr_set(s->floor, 0, 0, s->epsilon * c);
    for (int64_t first = 0; first < net->count; first += PIECE) {
        int64_t left = net->count - first;
        move(s, net, first, left < PIECE ? left : PIECE, length);
    }
}

static cvr_status take_memory(adam *s)
{
    cvr_mat like = s->descent.net.theta;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(like, like.rows, 1, &s->m, &s->v));
    CVR_TRY(cvr_mat_new(like.device, like.type, PIECE, 1, &s->change));
    CVR_TRY(cvr_mat_new(like.device, like.type, 1, 1, &s->floor));
done:
    return status;
}

static cvr_status setup(void *state, const cvr_problem *problem)
{
    adam *s = state;
    cvr_status status = CVR_OK;
    s->b1 = cvr_settings_real(problem->settings, "beta-1");
    s->b2 = cvr_settings_real(problem->settings, "beta-2");
    s->epsilon = cvr_settings_real(problem->settings, "epsilon");
    CVR_TRY(cvr_descent_new(problem, rule, &s->descent));
    CVR_TRY(take_memory(s));
done:
    return status;
}

static cvr_status keep(void *state, cvr_archive *k)
{
    adam *s = state;
    cvr_descent_serialize(&s->descent, k);
    cvr_archive_mat(k, "m", s->m);
    cvr_archive_mat(k, "v", s->v);
    cvr_archive_count(k, "steps", &s->steps);
    return cvr_archive_status(k);
}

static void teardown(void *state)
{
    adam *s = state;
    CVR_MATS_FREE(&s->m, &s->v, &s->change, &s->floor);
    cvr_descent_free(&s->descent);
}

const cvr_method cvr_adam_method = {
    .info = {.name = "adam",
             .about =
                 "baseline: any ReLU network by stochastic gradients with adaptive steps",
             .options = options},
    .state_size = sizeof(adam),
    .setup = setup,
    .step = cvr_descent_step,
    .measure = cvr_descent_measure,
    .model = cvr_descent_model,
    .keep = keep,
    .teardown = teardown};
