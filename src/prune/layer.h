/* A layer pruned to its target. */
#ifndef CVR_PRUNE_LAYER_H
#define CVR_PRUNE_LAYER_H

#include "prune/task.h"

/* U = the pruned layer; fills kept, density, error, lambda, gap, iterations, reached.
   Collective. */
cvr_status cvr_prune_fit(const cvr_prune_task *task, cvr_mat U,
                         cvr_prune_layer *layer) CVR_MUST_CHECK;

#endif
