/* A network in training: its layers, the sums of its W-steps, and what each thread has of
   the rows in its hands. */
#ifndef CVR_DEEP_NETWORK_H
#define CVR_DEEP_NETWORK_H

#include "deep/options.h"
#include "deep/reduction.h"

enum { CVR_DEEP_MOST = CVR_LAYERS_MOST + 1 }; /* layers */

/* Figures of an iterate, summed over own rows by their weights. */
typedef struct cvr_deep_figures {
    double objective;      /* see docs/mathematics.md */
    double primal2, size2; /* sum |z - m|^2 and sum |z|^2 */
} cvr_deep_figures;

/* One block of rows in a layer. */
typedef struct cvr_deep_block {
    cvr_mat M, H; /* rows x out, rows x (out and ones); no H at the top */
    cvr_mat T;    /* targets of the layer, rows x out */
} cvr_deep_block;

typedef struct cvr_deep_network cvr_deep_network;

/* What a thread has: some of the own rows, a block of them at a time. */
typedef struct cvr_deep_thread {
    cvr_deep_network *network;
    int index;
    int64_t first, rows;      /* of own rows */
    cvr_deep_block *blocks;   /* of each layer */
    cvr_mat Z;                /* of one block: z_L */
    cvr_deep_figures figures; /* over its rows, for cvr_deep_take_figures */
} cvr_deep_thread;

struct cvr_deep_network {
    const cvr_problem *problem;
    cvr_mat X; /* own rows x d, the last column ones with biases */
    int depth;
    int begin, end;  /* own layers (grid.h) */
    cvr_comm *stack; /* of the processes with the others; NULL: all are own */
    bool saves;      /* the own ones are saved here */
    cvr_deep_layer layers[CVR_DEEP_MOST];
    int bias;      /* 1: ones and biases; 0: none */
    int64_t block; /* rows of a block at most */
    cvr_deep_fit fit;
    cvr_deep_reduction reduction;
    cvr_deep_thread *threads; /* thread_count of them */
    int thread_count;
    double mean_square; /* of the features */
};

/* Sizes and penalties; all layers are own. Not collective. */
cvr_status cvr_deep_network_pose(cvr_deep_network *n, const cvr_problem *problem,
                                 const cvr_deep_options *o,
                                 int64_t outputs) CVR_MUST_CHECK;
/* saved: see reduction.h. */
cvr_status cvr_deep_network_lay_out(cvr_deep_network *n, cvr_workspace *w,
                                    cvr_mark saved) CVR_MUST_CHECK;
/* Collective: G of the first layer and its factor. */
cvr_status cvr_deep_network_start(cvr_deep_network *n) CVR_MUST_CHECK;
/* Weights N(0, scale^2 2 / in) (he; at the first layer over features of mean square 1) or
   N(0, scale^2); biases 0. */
cvr_status cvr_deep_draw(cvr_deep_network *n, bool he, double scale) CVR_MUST_CHECK;

/* The W-step of layers l .. l + count - 1 from sums that are gathered: one message and
   the solutions; in a grid of the own layers, and all learn how it went. Collective. */
cvr_status cvr_deep_w_step(cvr_deep_network *n, int l, int count) CVR_MUST_CHECK;

/* sum_i omega_i <a_i, b_i> and sum_i omega_i |a_i - b_i|^2 over rows from first on. */
double cvr_deep_dot(const cvr_deep_thread *t, int64_t first, cvr_mat A, cvr_mat B);
double cvr_deep_distance2(const cvr_deep_thread *t, int64_t first, cvr_mat A, cvr_mat B);

/* A block or activations without the ones. */
cvr_mat cvr_deep_units(const cvr_deep_network *n, cvr_mat H);

#endif
