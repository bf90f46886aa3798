/* The kernel and the penalty of the least leave-one-out error. */
#ifndef CVR_CONVEX_LIMIT_CHOOSE_H
#define CVR_CONVEX_LIMIT_CHOOSE_H

#include "convex/limit_state.h"

/* s->machine, its penalty and how good both are, by s->rows: a part of the distinct rows,
   or all of them. */
cvr_status cvr_limit_choose(cvr_limit *s) CVR_MUST_CHECK;
/* Kernel `which`, or its sampled gates, on rows X: K and *machine. */
cvr_status cvr_limit_make(const cvr_limit *s, int which, cvr_mat X, cvr_mat K,
                          cvr_machine *machine) CVR_MUST_CHECK;
/* What s->machine has besides its kernel and points. */
cvr_status cvr_limit_complete(cvr_limit *s) CVR_MUST_CHECK;

#endif
