/* How far thresholds reach (see program.h, which declares the norms of groups). */
#ifndef CVR_CONVEX_NORMS_H
#define CVR_CONVEX_NORMS_H

#include "convex/program.h"

/* Takes p->reach: cone i holds g >= -x_j'v of an active row j and g <= -x_k'v of another
   k, so |g| <= |v| max(|x_j|, |x_k|), and the shortest rows say the most. */
cvr_status cvr_reach_find(cvr_program *p) CVR_MUST_CHECK;

#endif
