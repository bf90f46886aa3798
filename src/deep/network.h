/* A network in training: weights, penalties, and the sums that a W-step needs.

   Rows are samples, so the pages' W_l is V_l' here: m_l = a_{l-1} V_l, where the last
   column of a_{l-1} is ones and the last row of V_l the bias (unless there are none).
 */
#ifndef CVR_DEEP_NETWORK_H
#define CVR_DEEP_NETWORK_H

#include "solver/layers.h"
#include "solver/method.h"

typedef struct cvr_deep_layer {
    int64_t in, out; /* in counts the ones */
    double b, g;     /* of |z - a_{-} V|^2 and of |a - h(z)|^2; g is 0 at the top */
    double pull;     /* mu of this iteration */
    double ridge;    /* the one in L */
    cvr_mat V;       /* in x out */
    cvr_mat P; /* out x (in without ones): b V_'(g_{-} I + b V_'V_)^{-1}, see below */
    cvr_mat S; /* in x out, double, a view: sum a_{-}'z, after the W-step V */
    cvr_mat triangle;  /* a view: the lower triangle of G, packed for the sum */
    cvr_mat G, L;      /* in x in, double: sum a_{-}'a_{-} and the factor of G + eps I */
    cvr_mat K, wide_P; /* out x out and like P, double */
    int64_t dead;      /* columns of a_{-} that are 0 on every row */
} cvr_deep_layer;

/* Figures of an iterate, summed over own rows. */
typedef struct cvr_deep_figures {
    double objective;      /* see docs/mathematics.md */
    double primal2, size2; /* sum |z - m|^2 and sum |z|^2 */
} cvr_deep_figures;

typedef struct cvr_deep_network {
    const cvr_problem *problem;
    cvr_mat X; /* own rows x d, the last column ones with biases */
    int depth;
    cvr_deep_layer *layers; /* depth of them */
    bool bias, free;        /* free: the top layer's has no ridge */
    int64_t block;          /* rows of a block */
    double damping;         /* mu as a part of the mean square, as the ridge */
    double ridge;           /* of this iteration: eps = ridge trace(G) / in */
    double first_ridge;     /* of the first one */
    int64_t halving;        /* iterations in which it falls to half; 0: it stays */
    bool wide_gram;         /* H'H is formed in double: single precision is too coarse */
    cvr_mat sums;           /* of all layers, a column of doubles: what is communicated */
    cvr_mat wide;           /* scratch in double: room for any weights */
    struct cvr_deep_lane *lanes; /* lane_count of them: see lane.h */
    int lane_count;
    double mean_square;  /* of the features */
    int64_t escalations; /* how often a ridge had to be raised */
    bool finite;
    double change2, size2; /* |V - V_old|^2 and |V|^2 of the last W-steps */
} cvr_deep_network;

/* layers: the hidden ones, depth - 1 of them; penalties: b of the top layer, g_l /
   b_{l+1} and b_l / g_l. Takes all memory; not collective. */
typedef struct cvr_deep_shape {
    cvr_layers layers;
    int64_t outputs, block, halving, threads;
    double ridge, damping, penalty_top, penalty_activation, penalty_weights;
} cvr_deep_shape;
cvr_status cvr_deep_network_new(const cvr_problem *problem, const cvr_deep_shape *shape,
                                cvr_deep_network *n);
void cvr_deep_network_free(cvr_deep_network *n);

/* Collective: G of the first layer and its factor, once and for all. */
cvr_status cvr_deep_first_gram(cvr_deep_network *n);
/* Weights N(0, scale^2 2 / in) (he; at the first layer over features of mean square 1) or
   N(0, scale^2); biases 0. After cvr_deep_first_gram. */
cvr_status cvr_deep_start(cvr_deep_network *n, bool he, double scale);

/* The ridge of an iteration (from 0) of this one and the following W-steps. */
void cvr_deep_lower_ridge(cvr_deep_network *n, int64_t iteration);

/* The W-step of layers l .. l + count - 1: forget, add blocks (lane.h), then one sum over
   the processes and the solutions V = (G + eps I)^{-1} S. */
void cvr_deep_forget(cvr_deep_network *n, int l, int count);
cvr_status cvr_deep_solve(cvr_deep_network *n, int l, int count);

/* Weights, and the sums that the next solution is made of. */
void cvr_deep_network_serialize(cvr_deep_network *n, cvr_archive *k);

/* A block or activations without the ones. */
cvr_mat cvr_deep_units(const cvr_deep_network *n, cvr_mat H);
/* The first entries of a column as a matrix. */
cvr_mat cvr_deep_shaped(cvr_mat column, int64_t rows, int64_t cols);

#endif
