/* A network of any depth on the rows of a problem, its objective and its gradient:

       h_0 = x,   h_l = relu(W_l (h_{l-1}, 1)),   f = W_L (h_{L-1}, 1)
       objective = 1/n sum_rows omega l(f, y) + w/2 |theta|^2,   n = sum omega

   Values to regress on are taken in units of their own, (y - shift) / scale for each
   output, so that one learning rate serves all of them; outputs and model are in the
   data's, and the objective is to be multiplied by square.

   Inside, a sample is a column. theta (N x 1) holds all W_l (out x (in + 1), the bias in
   the last column) one after another, unless there are no biases. w does not weigh those
   of W_L when they are free. */
#ifndef CVR_BASELINE_MLP_H
#define CVR_BASELINE_MLP_H

#include <float.h>

#include "linalg/ops.h"
#include "model/loss.h"
#include "solver/layers.h"
#include "solver/units.h"

typedef struct cvr_mlp_layer {
    int64_t in, out;
    cvr_mat W, G; /* out x (in + bias): views of theta and of gradient */
    cvr_mat H;    /* hidden: (out + bias) x block, the last row ones; last: out x block */
    cvr_mat D;    /* hidden: out x block, 1[z >= 0] */
    cvr_mat E;    /* out x block: derivative of the loss by z */
} cvr_mlp_layer;

typedef struct cvr_mlp {
    const cvr_problem *problem;
    const cvr_loss *loss;
    cvr_mat X;    /* own rows x d, the last column ones with biases */
    double decay; /* w */
    int depth;
    cvr_mlp_layer layers[CVR_LAYERS_MOST + 1];
    int64_t sizes[CVR_LAYERS_MOST + 2]; /* features, units of the layers, outputs */
    int64_t bias;                       /* 1 or 0 */
    int64_t count;                      /* N */
    int64_t block;                      /* samples at a time */
    cvr_mat theta, gradient;            /* N x 1 */
    cvr_mat message; /* (N + 1) x 1, double: the whole gradient and the loss */
    cvr_mat F;       /* own rows x C: outputs for all own rows, of the last full pass */
    cvr_mat shift, scale; /* C x 1: mean and deviation of the targets; classes: 0 and 1 */
    cvr_units units;      /* the same in double */
    bool coarse;          /* targets are taken to 2^-22 of their unit */
    double square;        /* the mean of scale^2 */
    double *row;          /* 3 C: f, y and slope of one row */
} cvr_mlp;

/* Sizes and the loss; a method without the option layers has none. Not collective. */
cvr_status cvr_mlp_pose(cvr_mlp *n, const cvr_problem *problem) CVR_MUST_CHECK;
/* theta: whether a checkpoint holds it. */
cvr_status cvr_mlp_lay_out(cvr_mlp *n, cvr_workspace *w, cvr_mark theta) CVR_MUST_CHECK;
/* The first theta; shift and scale over all processes. */
cvr_status cvr_mlp_start(cvr_mlp *n) CVR_MUST_CHECK;

/* Samples in the data's units: columns of X (d x count) and Y (C x count) when trans is
   CVR_N, rows (count x d, count x C) when it is CVR_T, with weights (NULL: 1 each). Adds
   scale times the sum of their losses' gradients to n->gradient and returns the sum of
   the losses. count <= block. */
double cvr_mlp_add(cvr_mlp *n, cvr_mat X, cvr_mat Y, cvr_trans trans, double scale,
                   const double *omega);

/* gradient += w theta, on process 0 alone: the sum over processes has it once. */
void cvr_mlp_decay(cvr_mlp *n);

/* The objective at theta over the rows of all processes; F is filled. With a gradient it
   lies in the first N entries of message; one message in either case. */
cvr_status cvr_mlp_objective(cvr_mlp *n, bool gradient, double *value) CVR_MUST_CHECK;
/* Its gradient: N x 1, double. */
cvr_mat cvr_mlp_gradient(const cvr_mlp *n);

/* Of N x 1 parameters those that are penalised: all but a free bias, which is last. */
cvr_mat cvr_mlp_penalised(const cvr_mlp *n, cvr_mat parameters);

/* The network that theta is. */
cvr_status cvr_mlp_model(const cvr_mlp *n, cvr_model *m) CVR_MUST_CHECK;

/* The network and its objective, as options and as rows of their table. */
typedef struct cvr_mlp_options {
    cvr_run_options run;
    const char *layers;
    double weight_decay;
    int loss, init;
} cvr_mlp_options;

/* clang-format off */
#define CVR_MLP_OPTIONS                                                                  \
    {"layers", CVR_TEXT, "100", 0, 0, NULL,                                              \
     "units of the hidden layers, as in 100,50; none: a linear model",                   \
     CVR_FIELD(cvr_mlp_options, const char *, layers)},                                  \
    {"loss", CVR_CHOICE, "auto", 0, 0, CVR_LOSS_CHOICES,                                 \
     "auto: logistic for two classes, softmax for more, squared for regression",         \
     CVR_FIELD(cvr_mlp_options, int, loss)},                                             \
    {"weight-decay", CVR_REAL, "0", 0, DBL_MAX, NULL,                                    \
     "w of the penalty w/2 |weights and biases|^2 that joins the mean loss",             \
     CVR_FIELD(cvr_mlp_options, double, weight_decay)},                                  \
    {"init", CVR_CHOICE, "he", 0, 0, "he|glorot",                                        \
     "initial weights: N(0, 2 / inputs) or N(0, 2 / (inputs + outputs))",                \
     CVR_FIELD(cvr_mlp_options, int, init)}
/* clang-format on */

#endif
