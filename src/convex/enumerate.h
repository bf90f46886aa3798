/* --enumerate: every activation pattern of a few rows in a few dimensions. */
#ifndef CVR_CONVEX_ENUMERATE_H
#define CVR_CONVEX_ENUMERATE_H

#include "solver/method.h"

/* H (a column a gate, its threshold last unless there are none) and D (own rows x P): a
   gate for each pattern that is not empty. CVR_USAGE: there may be too many;
   CVR_BAD_DATA: more than three dimensions and rows in special position, of which some
   patterns may be missing. Collective. */
cvr_status cvr_gates_enumerate(const cvr_problem *problem, cvr_mat *H,
                               cvr_mat *D) CVR_MUST_CHECK;

#endif
