/* What methods say of their results in the same way: clauses of a note, and gaps. */
#ifndef CVR_SOLVER_REMARK_H
#define CVR_SOLVER_REMARK_H

#include <cvxrelu/solve.h>

#include "base/fail.h"

/* Adds a clause to p->note, "; " between. */
void cvr_remark(cvr_progress *p, const char *format, ...) CVR_PRINTF(2, 3);

/* (upper - lower) / upper, what is left to be gained; 0 where both are 0, infinite where
   only upper is, NaN when either is. For upper >= 0. */
double cvr_relative_gap(double upper, double lower);

#endif
