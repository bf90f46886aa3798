/* Raw rows in the terms of other columns. */
#ifndef CVR_DATA_CONFORM_H
#define CVR_DATA_CONFORM_H

#include "data/columns.h"

/* The raw rows of data in the order and with the categories of c, by the names where both
   have some. */
cvr_status cvr_columns_conform(cvr_dataset *data, const cvr_columns *c) CVR_MUST_CHECK;

#endif
