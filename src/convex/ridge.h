/* The penalty of gated-ridge. */
#ifndef CVR_CONVEX_RIDGE_H
#define CVR_CONVEX_RIDGE_H

#include "convex/program.h"

/* p->beta = --beta or --beta-relative, and beta_max what the latter is relative to: the
   mean eigenvalue of F F', trace / n. Collective. */
cvr_status cvr_ridge_penalty(cvr_program *p) CVR_MUST_CHECK;

#endif
