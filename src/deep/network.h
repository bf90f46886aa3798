/* A network in training: weights, penalties, and the sums that a W-step needs.

   Rows are samples, so the pages' W_l is V_l' here: m_l = a_{l-1} V_l, where the last
   column of a_{l-1} is ones and the last row of V_l the bias (with a bias in the data).
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
    cvr_mat P;    /* out x (in without ones): b V_'(g_{-} I + b V_'V_)^{-1}, see below */
    cvr_mat M, H; /* of one block: rows x out, rows x (out and ones); no H at the top */
    cvr_mat S;    /* in x out, double, a view: sum a_{-}'z, after the W-step V */
    cvr_mat triangle; /* a view: the lower triangle of G, packed for the sum */
    cvr_mat G, L;     /* in x in, double: sum a_{-}'a_{-} and the factor of G + eps I */
    cvr_mat part_S, part_G; /* like S and G, in single precision only: sums of the last
                               blocks; no part_G with wide_gram */
    bool turned;            /* part_S is out x in: few inputs, in double, are faster so */
    int64_t pending;        /* rows of those blocks */
    cvr_mat K, wide_P;      /* out x out and like P, double */
    int64_t dead;           /* columns of a_{-} that are 0 on every row */
} cvr_deep_layer;

typedef struct cvr_deep_network {
    const cvr_problem *problem;
    cvr_mat X; /* own rows x d */
    int depth;
    cvr_deep_layer *layers; /* depth of them */
    bool bias;
    int64_t block;       /* rows of a block */
    double damping;      /* mu as a part of the mean square, as the ridge */
    double ridge;        /* of this iteration: eps = ridge trace(G) / in */
    double first_ridge;  /* of the first one */
    int64_t halving;     /* iterations in which it falls to half; 0: it stays */
    bool wide_gram;      /* H'H is formed in double: single precision is too coarse */
    cvr_mat sums;        /* of all layers, a column of doubles: what is communicated */
    cvr_mat wide;        /* scratch in double */
    double mean_square;  /* of the features */
    int64_t escalations; /* how often a ridge had to be raised */
    bool finite;
    double change2, size2; /* |V - V_old|^2 and |V|^2 of the last W-steps */
} cvr_deep_network;

/* layers: the hidden ones, depth - 1 of them; penalties: b of the top layer, g_l /
   b_{l+1} and b_l / g_l. Takes all memory; not collective. */
typedef struct cvr_deep_shape {
    cvr_layers layers;
    int64_t outputs, block, halving;
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

/* Rows first .. first + rows - 1: M_l and H_l of the layers' blocks, the top's into F
   (rows x outputs). */
void cvr_deep_forward(cvr_deep_network *n, int64_t first, int64_t rows, cvr_mat F);

/* The ridge of an iteration (from 0) of this one and the following W-steps. */
void cvr_deep_lower_ridge(cvr_deep_network *n, int64_t iteration);

/* The W-step of layers l .. l + count - 1: forget, add blocks, then one sum over the
   processes and the solutions V = (G + eps I)^{-1} S. */
void cvr_deep_forget(cvr_deep_network *n, int l, int count);
void cvr_deep_add(cvr_deep_network *n, int l, cvr_mat H, cvr_mat Z);
cvr_status cvr_deep_solve(cvr_deep_network *n, int l, int count);

/* Weights, and the sums that the next solution is made of. */
void cvr_deep_network_keep(cvr_deep_network *n, cvr_keeper *k);

/* Columns from j on, of `cols`, that a product over `inner` and what follows work on at a
   time: with few inner ones so many that they stay in the cache; with more all, since
   each product copies its left side. */
static inline int64_t cvr_deep_strip(int64_t cols, int64_t j, int64_t inner)
{
    enum { WIDTH = 64 };
    return inner >= WIDTH || cols - j < WIDTH ? cols - j : WIDTH;
}

/* Activations without the ones. */
cvr_mat cvr_deep_units(const cvr_deep_network *n, cvr_mat H);

#endif
