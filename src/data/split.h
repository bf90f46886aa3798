/* Rows that leave a data set. */
#ifndef CVR_DATA_SPLIT_H
#define CVR_DATA_SPLIT_H

#include <cvxrelu/data.h>

/* Rows of weight 0 are none: they go. CVR_BAD_DATA when all do. Collective. */
cvr_status cvr_dataset_drop_weightless(cvr_dataset *data, cvr_comm *comm) CVR_MUST_CHECK;

#endif
