/* How much the network's outputs depend on the units of a layer. */
#ifndef CVR_PRUNE_SENSITIVITY_H
#define CVR_PRUNE_SENSITIVITY_H

#include <cvxrelu/prune.h>

/* t (units of layer i x 1) = |column of the next layer's matrix|, whose rows have been
   multiplied by their own t, rounded to powers of 2, which scale without error. */
cvr_status cvr_prune_sensitivity(const cvr_model *m, int i, cvr_mat t) CVR_MUST_CHECK;

#endif
