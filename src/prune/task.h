/* One layer's problem, shared by the files of pruning:

       F(U) = sum_pc ( max(0, x_p'u_c) - y_pc )^2,   the last layer without the max.

   U is d x C. Its last row is the bias, for which the last column of X is ones. */
#ifndef CVR_PRUNE_TASK_H
#define CVR_PRUNE_TASK_H

#include <cvxrelu/prune.h>

#include "base/fail.h"

typedef struct cvr_prune_task {
    cvr_mat X, Y;        /* own rows x d, own rows x C */
    cvr_mat Dense;       /* d x C: the layer as the network has it */
    cvr_mat sensitivity; /* C x 1, powers of 2: l0 minimises the sum of squares of each
                            output times these squared */
    bool relu;
    bool exact;    /* X is what the layer has been trained on: F(Dense) = 0 */
    double lambda; /* of refits: F has lambda |weights|_1 besides */
    int64_t keep;  /* number of weights to keep; -1: the target is another */
    const cvr_prune_options *options;
    cvr_comm *comm;
} cvr_prune_task;

const char *cvr_prune_mode_name(cvr_prune_mode mode); /* "l1-refit", ... */

/* The weights of U, all but the bias: d - 1 x C. */
static inline cvr_mat cvr_prune_weights(cvr_mat U)
{
    return cvr_mat_part(U, 0, 0, U.rows - 1, U.cols);
}

/* |max(0, XU) - Y| / |Y|; 0 when both are 0. Collective. */
cvr_status cvr_prune_error(const cvr_prune_task *task, cvr_mat U,
                           double *error) CVR_MUST_CHECK;

#endif
