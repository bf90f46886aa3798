/* A layer refitted on its support. */
#ifndef CVR_PRUNE_REFIT_H
#define CVR_PRUNE_REFIT_H

#include "prune/task.h"

/* U = argmin F + lambda |weights|_1 over the biases and the weights that are not 0 in U,
   from U on; F never rises. Outputs whose weights are those of Fitted (d x C, or {0}) are
   passed over. Saliency (d x C, or {0}): for each of these weights what F rises by, to
   second order, when it is taken away and the others are refitted; 0 elsewhere.
   Collective. */
cvr_status cvr_prune_refit(const cvr_prune_task *task, cvr_mat U, cvr_mat Fitted,
                           cvr_mat Saliency) CVR_MUST_CHECK;

#endif
