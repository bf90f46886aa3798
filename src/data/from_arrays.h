/* Data sets from matrices. */
#ifndef CVR_DATA_FROM_ARRAYS_H
#define CVR_DATA_FROM_ARRAYS_H

#include <cvxrelu/data.h>

#include "base/fail.h"

/* cvr_dataset_from_arrays of matrices, in the type of X. */
cvr_status cvr_dataset_from_matrix(cvr_mat X, cvr_mat Y, cvr_task task, cvr_comm *comm,
                                   cvr_dataset **data) CVR_MUST_CHECK;

#endif
