/* A ReLU multilayer perceptron, its mean loss over rows, and the gradient.

       h_0 = x,   h_l = relu(W_l (h_{l-1}, 1)),   f = W_L (h_{L-1}, 1)
       objective = 1/n sum_rows loss(f, y) + w/2 |theta|^2

   Values to regress on are taken in units of their own, (y - shift) / scale for each
   output, so that one learning rate serves all of them; outputs and model are in the
   data's, and the objective is to be multiplied by square.

   Inside, a sample is a column. theta (N x 1) holds all W_l (out x (in + 1), the bias in
   the last column) one after another, unless there are no biases. w does not weigh those
   of W_L when they are free.
 */
#ifndef CVR_BASELINE_MLP_H
#define CVR_BASELINE_MLP_H

#include "linalg/ops.h"
#include "model/loss.h"
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
    cvr_mlp_layer *layers;
    int64_t *sizes; /* depth + 1: features, units of the layers, outputs */
    int64_t bias;   /* 1 or 0 */
    int64_t count;  /* N */
    int64_t block;  /* samples at a time */
    cvr_mat theta, gradient;
    cvr_mat message; /* (N + 1) x 1, double: the whole gradient and the loss */
    cvr_mat F;       /* own rows x C: outputs for all own rows, of the last full pass */
    cvr_mat shift, scale; /* C x 1: mean and deviation of the targets; classes: 0 and 1 */
    cvr_units units;      /* the same in double */
    bool coarse;          /* targets are taken to 2^-22 of their unit */
    double square;        /* the mean of scale^2 */
    double *row;          /* 3 C: f, y and slope of one row */
} cvr_mlp;

/* Takes all memory and draws theta; a method without the option layers has none. Local:
 * calls nothing collective. */
cvr_status cvr_mlp_new(const cvr_problem *problem, cvr_mlp *n) CVR_MUST_CHECK;
/* Finds shift and scale, over all processes; to be called once before the rest. */
cvr_status cvr_mlp_fit_units(cvr_mlp *n) CVR_MUST_CHECK;
void cvr_mlp_free(cvr_mlp *n); /* takes {0} */

/* Samples in the data's units: columns of X (d x count) and Y (C x count) when side is
   CVR_N, rows (count x d, count x C) when it is CVR_T. Adds scale times the sum of their
   losses' gradients to n->gradient and returns the sum of the losses. count <= block. */
double cvr_mlp_add(cvr_mlp *n, cvr_mat X, cvr_mat Y, cvr_trans side, double scale);

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

#endif
