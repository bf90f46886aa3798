/* Better supports by exchange of weights. */
#ifndef CVR_PRUNE_EXCHANGE_H
#define CVR_PRUNE_EXCHANGE_H

#include "prune/task.h"

/* Refits U, and exchanges some of its `keep' weights for others, in at most so many
   rounds, as long as F falls. Collective. */
cvr_status cvr_prune_exchange(const cvr_prune_task *task, int64_t keep, int64_t rounds,
                              cvr_mat U) CVR_MUST_CHECK;

#endif
