/* A number that tells data sets apart, the same at any process count. */
#ifndef CVR_SOLVER_FINGERPRINT_H
#define CVR_SOLVER_FINGERPRINT_H

#include <cvxrelu/data.h>

#include "base/fail.h"

/* Of the rows of X and Y as they are prepared, bit for bit and with their places:
   collective. data NULL: 0. */
cvr_status cvr_fingerprint(const cvr_dataset *data, cvr_comm *comm,
                           uint64_t *print) CVR_MUST_CHECK;

#endif
