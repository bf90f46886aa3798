/* Which u-step, and whether it fits: decided from sizes before anything large is taken.
 */
#ifndef CVR_CONVEX_PLAN_H
#define CVR_CONVEX_PLAN_H

#include "convex/system.h"

/* --primal, with auto resolved: direct when its factor is worth it and fits, else
   block-pcg. CVR_NO_MEMORY names what is needed and what there is. */
cvr_status cvr_plan_primal(const cvr_program *p,
                           const cvr_primal **primal) CVR_MUST_CHECK;

/* --certificate, with auto resolved: no bounds for a run that stops at an accuracy. */
bool cvr_plan_bounds(const cvr_program *p);

/* CVR_NO_MEMORY unless `bytes` more (-1: uncountable) are to be had, on every process. */
cvr_status cvr_plan_memory(const cvr_program *p, const char *what,
                           int64_t bytes) CVR_MUST_CHECK;

#endif
