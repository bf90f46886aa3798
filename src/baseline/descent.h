/* Stochastic gradient methods: everything but the rule that turns a gradient into a step.

   An iteration is one epoch: all rows in a new order, a step for each batch of them. A
   batch is a set of global rows, each with its weight over the mean weight; each process
   adds the gradient of its own and one message sums them, so the network is the same on
   all, at any number of processes. */
#ifndef CVR_BASELINE_DESCENT_H
#define CVR_BASELINE_DESCENT_H

#include "baseline/mlp.h"

/* theta moves along net.gradient, which is the mean gradient of one batch. */
typedef void cvr_rule(void *state, cvr_mlp *net);

typedef struct cvr_descent {
    const cvr_problem *problem;
    cvr_rule *rule;
    cvr_mlp net;
    cvr_mat Xt, Yt; /* d x own rows, C x own rows: a second copy of the data, a sample a
                       column, so that a batch is gathered from whole cache lines */
    cvr_mat Xb, Yb; /* d x block, C x block: gathered samples */
    double *omega;  /* block: their weights; NULL: 1 each */
    int64_t *order; /* all rows, in the order of this epoch */
    int64_t batch, epoch;
    double rate; /* the learning rate of the next step */
    double first_rate, tolerance;
    bool cosine;      /* rate falls from first_rate to 0 over all epochs */
    int64_t epochs;   /* at most */
    double gradient0; /* |gradient| at the start; only with a tolerance */
} cvr_descent;

cvr_status cvr_descent_pose(cvr_descent *d, const cvr_problem *problem,
                            cvr_rule *rule) CVR_MUST_CHECK;
cvr_status cvr_descent_lay_out(cvr_descent *d, cvr_workspace *w) CVR_MUST_CHECK;

/* Functions of a cvr_method whose state begins with its cvr_descent. */
cvr_status cvr_descent_start(void *state) CVR_MUST_CHECK;
cvr_status cvr_descent_step(void *state) CVR_MUST_CHECK;
cvr_status cvr_descent_measure(void *state, cvr_progress *progress,
                               cvr_mat *outputs) CVR_MUST_CHECK;
cvr_status cvr_descent_model(void *state, cvr_model *m) CVR_MUST_CHECK;

/* Its options, and those of their rows that its methods share. */
typedef struct cvr_descent_options {
    cvr_mlp_options net;
    int64_t batch;
    int schedule;
    double learning_rate;
} cvr_descent_options;

/* clang-format off */
#define CVR_DESCENT_OPTIONS                                                              \
    {"batch", CVR_INTEGER, "128", 1, 1e15, NULL, "rows of all processes in a step",      \
     CVR_FIELD(cvr_descent_options, int64_t, batch)},                                    \
    {"schedule", CVR_CHOICE, "constant", 0, 0, "constant|cosine",                        \
     "the learning rate stays, or falls to 0 at --max-iterations along a cosine",        \
     CVR_FIELD(cvr_descent_options, int, schedule)},                                     \
    {"max-iterations", CVR_INTEGER, "100", 1, 1e15, NULL,                                \
     "stop after this number of passes through the rows"},                               \
    {"tolerance", CVR_REAL, "0", 0, 1, NULL,                                             \
     "stop when the gradient on all rows, as a fraction of that at the start, is "       \
     "this small; 0: it is not computed"}
/* clang-format on */

#endif
