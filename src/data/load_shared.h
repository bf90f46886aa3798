/* Matrices from files. */
#ifndef CVR_DATA_LOAD_SHARED_H
#define CVR_DATA_LOAD_SHARED_H

#include <cvxrelu/data.h>

#include "base/fail.h"

/* A matrix from a CSV or NPY file (gates: a row a gate), whole on every process. */
cvr_status cvr_mat_read(const char *path, cvr_type type, cvr_mat *A) CVR_MUST_CHECK;

#endif
