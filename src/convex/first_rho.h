/* The first penalty of u = v. */
#ifndef CVR_CONVEX_FIRST_RHO_H
#define CVR_CONVEX_FIRST_RHO_H

#include "convex/program.h"

/* Groups that share Y evenly have the size |u| = |Y| / sqrt(m t), t = trace(X'X) / d;
   beta / rho lets a fifth of it pass, and rho is no smaller than t / 10. So it does not
   depend on the scale of the data. size: 0 where nothing is known of |u|. Collective. */
cvr_status cvr_first_rho(const cvr_program *p, double *size, double *rho) CVR_MUST_CHECK;

#endif
