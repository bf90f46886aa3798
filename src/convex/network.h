/* A ReLU network with one hidden layer and one output, and its objective

       J = sum_j omega_j l(f_j, y_j) + beta / 2 sum_k (|a_k|^2 + c_k^2),
       f = sum_k c_k relu(X a_k) + b,

   which is that of the convex program over its patterns where |a_k| = |c_k| (recover.h).
   Thresholds, the last entries of a where the bias is free, and b have no penalty. theta
   holds all a (d x most), then c (most), then b where it is free; neurons beyond the
   first `count` are 0 and stay so. In the user's unit. */
#ifndef CVR_CONVEX_NETWORK_H
#define CVR_CONVEX_NETWORK_H

#include "convex/misfit.h"
#include "convex/start.h"

typedef struct cvr_network {
    const cvr_problem *problem;
    cvr_loss loss;
    cvr_mat X;             /* own rows x d, with ones last where there are constants */
    int64_t d, w, most, N; /* w: entries of a that are penalised; N numbers of theta */
    bool free;
    int64_t count; /* neurons */
    double beta;
    cvr_mat A, c;    /* d x most, most x 1, in X's type: of theta */
    cvr_mat Z, D, E; /* own rows x most: relu(X A), patterns, work */
    cvr_mat f, s;    /* own rows x 1: outputs, omega times slopes */
    cvr_mat GA, Gc;  /* like A and c: gradients */
    cvr_mat message; /* N + 1, double: the whole gradient, and the loss */
} cvr_network;

/* For up to `most` neurons. CVR_USAGE: several outputs, a loss with kinks. */
cvr_status cvr_network_pose(cvr_network *n, const cvr_problem *problem,
                            int64_t most) CVR_MUST_CHECK;
void cvr_network_lay_out(cvr_network *n, cvr_workspace *w);

/* *value = J at theta, and its gradient g (N x 1, double): a cvr_lbfgs_function. f and s
   are those of theta. Collective. */
cvr_status cvr_network_evaluate(void *network, cvr_mat theta, double *value,
                                cvr_mat g) CVR_MUST_CHECK;

/* theta = the neurons of a network of this kind, balanced. A constant that cannot be b
   becomes a neuron, a neuron without weights a constant. More than `most`: the largest
   are kept. CVR_USAGE: constants that these data have no place for. */
cvr_status cvr_network_take(cvr_network *n, const cvr_start *from,
                            cvr_mat theta) CVR_MUST_CHECK;
/* The same of a model that a convex program has found. */
cvr_status cvr_network_take_model(cvr_network *n, const cvr_model *m,
                                  cvr_mat theta) CVR_MUST_CHECK;
/* Balanced, without neurons that are 0, the largest first. */
void cvr_network_tidy(cvr_network *n, cvr_mat theta);
/* Gate k of theta as a row (its weights on features, then its threshold). */
void cvr_network_gate(const cvr_network *n, cvr_mat theta, int64_t k, cvr_mat row);
cvr_status cvr_network_model(const cvr_network *n, cvr_mat theta,
                             cvr_model *m) CVR_MUST_CHECK;

#endif
