/* What the columns of a table are, after its last row. */
#ifndef CVR_DATA_SETTLE_H
#define CVR_DATA_SETTLE_H

#include "data/scan.h"

/* Kinds and categories of the columns. X: the raw rows that were
   kept, which are put in their terms, and lose columns that are left out; {0}: none. */
cvr_status cvr_scan_settle(cvr_scan *s, const char *source, cvr_mat *X) CVR_MUST_CHECK;

#endif
