/* Activation patterns that would lower the objective: neurons v with

       theta'relu(X v) > beta |v|,   theta = -omega l'(f)

   at a network's outputs f; -theta likewise, for a negative outer weight. At the optimum
   of the whole problem there is none. Found by ascent from many starts: what is not found
   may be there all the same, and nothing found is no bound (docs/mathematics.md,
   "Refinement"). */
#ifndef CVR_CONVEX_VIOLATION_H
#define CVR_CONVEX_VIOLATION_H

#include "convex/network.h"

/* What is sorted by its key. */
typedef struct cvr_place {
    double key;
    int64_t index;
} cvr_place;

typedef struct cvr_search {
    const cvr_network *net;
    int64_t n, d, w, starts; /* rows of all processes; of the network; a multiple of 3 */
    int64_t own, first;      /* starts of this process */
    cvr_mat X;               /* d x n, double: rows of all processes, each a column */
    cvr_mat theta;           /* n x 1, double */
    cvr_mat V, W, G;         /* d x own: directions, trials, gradients */
    cvr_mat Z;               /* n x own: products */
    cvr_mat all;             /* (d + 1) x 2 starts: of both signs and all processes, and
                                their values last */
    double *e, *value;       /* own: step sizes; 2 own: values, of trials too */
    double (*seen)[2];       /* 2 starts: patterns that have been chosen */
    cvr_place *order;        /* n, or 2 starts */
} cvr_search;

void cvr_search_pose(cvr_search *s, const cvr_network *net, int64_t starts);
cvr_status cvr_search_lay_out(cvr_search *s, cvr_workspace *w) CVR_MUST_CHECK;
/* Rows of all processes. Collective. */
cvr_status cvr_search_start(cvr_search *s) CVR_MUST_CHECK;

/* At theta (as of the network), which has just been evaluated: *most = the largest value
   that was found, over beta; the best neurons of different patterns with more than
   beta (1 + 1e-5), at most rows.rows of them, as rows (weights on features, then the
   threshold, as far as there is room); *found of them. Round: numbers of the seed.
   Collective. */
cvr_status cvr_search_run(cvr_search *s, cvr_mat theta, int64_t round, cvr_mat rows,
                          int64_t *found, double *most) CVR_MUST_CHECK;

#endif
