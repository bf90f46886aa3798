/* Whether the first row of a table is names. */
#ifndef CVR_DATA_HEADER_H
#define CVR_DATA_HEADER_H

#include "data/dialect.h"
#include "data/fields.h"

/* Rows end with a delimiter, behind which there is nothing: spreadsheets do that. */
bool cvr_header_trails(const cvr_fields *rows, int64_t count);
/* rows[0] is a header of the others (count of them with it): because a field of it is a
   name where all others are numbers; or it counts 0, 1, 2, ... and others are not whole
   numbers; or it is names that do not come again. It may have one field less than the
   others: those then begin with the name of a row. */
bool cvr_header_is(const cvr_fields *rows, int64_t count, const cvr_dialect *d);

#endif
