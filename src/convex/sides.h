/* Thresholds without a penalty, on the dual side. Where a threshold is free the entries
   of D_i r +- (2 D_i - I) mu_i must add up to 0. Multipliers may grow on any rows of cone
   i: on those that are not active the sum falls, on the others it rises. So s, a sum that
   is left, goes to all rows of the side that takes it, in equal parts, which adds -s
   times their mean to F_i'r + G_i'mu_i, and the sum is 0. A pattern that is active on all
   rows has no other side: 1'r = 0 and mu_i = 0 make its sums 0 but for rounding. */
#ifndef CVR_CONVEX_SIDES_H
#define CVR_CONVEX_SIDES_H

#include "convex/program.h"

/* p->sides: the mean row (with its 1) of the active rows of each pattern, then of
   the others, 0 where there are none: d x 2 P. */
cvr_status cvr_sides_find(cvr_program *p) CVR_MUST_CHECK;

/* Brings the last row of B = F'r + G'mu (d x m) to 0 by such multipliers. */
void cvr_sides_close(const cvr_program *p, cvr_mat B);

/* Pattern i is active on all rows. */
bool cvr_sides_whole(const cvr_program *p, int64_t i);

#endif
