/* Targets in a unit of their own (see program.h). */
#ifndef CVR_CONVEX_UNITS_H
#define CVR_CONVEX_UNITS_H

#include "convex/program.h"

/* Y, unit, centre and y2 from the targets of the data set. A free bias makes each
   column's mean 0; regression gets a size near 1. The unit is a power of two: no digit
   changes. */
cvr_status cvr_units_choose(cvr_program *p) CVR_MUST_CHECK;

/* R in the user's unit: unit R + 1 centre'. With R = J N and the constant
   b = unit (-mean) + centre this is the network unit N + 1 b'. Weighted rows are no more
   times sqrt(omega). */
void cvr_in_user_units(const cvr_program *p, cvr_mat R);

#endif
