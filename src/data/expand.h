/* Raw rows to features. */
#ifndef CVR_DATA_EXPAND_H
#define CVR_DATA_EXPAND_H

#include "data/columns.h"

/* Raw rows that conform to c become features. */
cvr_status cvr_columns_expand(cvr_dataset *data, const cvr_columns *c) CVR_MUST_CHECK;

#endif
