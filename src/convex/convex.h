/* The variants of the method `convex`, which its options choose among. */
#ifndef CVR_CONVEX_CONVEX_H
#define CVR_CONVEX_CONVEX_H

#include "convex/certificate.h"
#include "convex/recover.h"

extern const cvr_method cvr_admm, cvr_projection, cvr_fista, cvr_ridge, cvr_limit_method,
    cvr_refine;

#endif
