/* What columns of tables learn from the training rows. */
#ifndef CVR_DATA_COLUMNS_FIT_H
#define CVR_DATA_COLUMNS_FIT_H

#include "data/columns.h"

/* Fits fill, indicator and the categories on the raw rows of all processes. */
cvr_status cvr_columns_fit(const cvr_dataset *data, cvr_comm *comm,
                           cvr_columns *c) CVR_MUST_CHECK;

#endif
