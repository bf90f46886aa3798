/* A linear operator that is known by what it does. */
#ifndef CVR_LINALG_APPLY_H
#define CVR_LINALG_APPLY_H

#include "linalg/ops.h"

/* Y = A X. Y and X have the same shape and do not overlap; ctx belongs to the caller. */
typedef cvr_status (*cvr_apply)(void *ctx, cvr_mat Y, cvr_mat X);

#endif
