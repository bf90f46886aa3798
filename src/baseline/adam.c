/* adam: a network of any depth by stochastic gradients with adaptive steps (Kingma and Ba
   2015).

       minimise  1/n sum_rows l(f, y) + w/2 |theta|^2                            (mlp.h)

   For each batch of rows in an epoch (descent.h), g its mean gradient and that of w:

       m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g o g
       theta -= rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)

   The bias corrections are taken out of the vectors: with c = sqrt(1 - b2^t),
       theta -= rate c / (1 - b1^t) m / (sqrt(v) + epsilon c) */
#include <math.h>

#include "baseline/descent.h"
#include "linalg/mats.h"

typedef struct adam_options {
    cvr_descent_options descent;
    double beta_1, beta_2, epsilon;
} adam_options;

#define AT(type, field) CVR_FIELD(adam_options, type, field)
static const cvr_option options[] = {
    CVR_MLP_OPTIONS,
    {"learning-rate", CVR_REAL, "1e-3", DBL_MIN, DBL_MAX, NULL, "step size",
     CVR_FIELD(cvr_descent_options, double, learning_rate)},
    {"beta-1", CVR_REAL, "0.9", 0, 1 - DBL_EPSILON, NULL,
     "decay rate of the mean of the gradients", AT(double, beta_1)},
    {"beta-2", CVR_REAL, "0.999", 0, 1 - DBL_EPSILON, NULL,
     "decay rate of the mean of their squares", AT(double, beta_2)},
    {"epsilon", CVR_REAL, "1e-8", DBL_MIN, 1, NULL,
     "added to the square root of the latter", AT(double, epsilon)},
    CVR_DESCENT_OPTIONS,
    {0}};

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

/* ---- making ----------------------------------------------------------------------- */

static cvr_status pose(void *state, const cvr_problem *problem)
{
    adam *s = state;
    const adam_options *o = cvr_settings_values(problem->settings);
    s->b1 = o->beta_1;
    s->b2 = o->beta_2;
    s->epsilon = o->epsilon;
    return cvr_descent_pose(&s->descent, problem, rule);
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    adam *s = state;
    cvr_lay(w, CVR_SHARED, "m", &s->m, s->descent.net.count, 1);
    cvr_lay(w, CVR_SHARED, "v", &s->v, s->descent.net.count, 1);
    cvr_lay_count(w, "steps", &s->steps);
    CVR_LAY_SCRATCH(w, PIECE, 1, &s->change);
    CVR_LAY_SCRATCH(w, 1, 1, &s->floor);
    return cvr_descent_lay_out(&s->descent, w);
}

const cvr_method cvr_adam_method = {
    .info = {.name = "adam",
             .about =
                 "baseline: any ReLU network by stochastic gradients with adaptive steps",
             .options = options},
    .options_size = sizeof(adam_options),
    .state_size = sizeof(adam),
    .pose = pose,
    .lay_out = lay_out,
    .start = cvr_descent_start,
    .step = cvr_descent_step,
    .measure = cvr_descent_measure,
    .model = cvr_descent_model,
    .weighs = true};
