/* --splitting of the ReLU program. */
#ifndef CVR_CONVEX_SPLITTING_H
#define CVR_CONVEX_SPLITTING_H

#include "solver/method.h"

enum { CVR_BY_PROJECTION = 1, CVR_BY_SLACK }; /* --splitting */

/* The name of the option whose value lies there. */
typedef const char *(*cvr_name_of)(size_t offset);

/* *projects: by projections, not by a slack. Collective. */
cvr_status cvr_splitting_choose(const cvr_problem *problem, cvr_name_of name_of,
                                bool *projects) CVR_MUST_CHECK;

#endif
