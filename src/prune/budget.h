/* How many weights each layer keeps. */
#ifndef CVR_PRUNE_BUDGET_H
#define CVR_PRUNE_BUDGET_H

#include <cvxrelu/prune.h>

/* keep[i] of m's layers for options->density; -1 without one. */
void cvr_prune_budget(const cvr_model *m, const cvr_prune_options *options,
                      int64_t *keep);

#endif
