/* The modes of L1. */
#ifndef CVR_PRUNE_PATH_H
#define CVR_PRUNE_PATH_H

#include "prune/task.h"

/* U = the fit at the lambda that the target asks for. Collective. */
cvr_status cvr_prune_path(const cvr_prune_task *task, cvr_mat U,
                          cvr_prune_layer *layer) CVR_MUST_CHECK;

#endif
