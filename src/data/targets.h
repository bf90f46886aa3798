/* Which columns are targets. */
#ifndef CVR_DATA_TARGETS_H
#define CVR_DATA_TARGETS_H

#include <stdint.h>

#include "base/fail.h"

enum { CVR_COLUMN_FEATURE = -1, CVR_COLUMN_SKIPPED = -2 };

/* place[j] = k when column j is number k of those named, else CVR_COLUMN_FEATURE; *count
   of them. which: "last"; "none"; a name; an index from 0; or a list "y1,y2" of such.
   use: "for the target", for sentences. names: of the columns, or NULL. CVR_BAD_DATA when
   there is no such column. */
cvr_status cvr_select_columns(const char *which, const char *use, int64_t columns,
                              char *const *names, const char *path, int32_t *place,
                              int *count) CVR_MUST_CHECK;
/* The same for targets; NULL means the last. */
cvr_status cvr_select_targets(const char *which, int64_t columns, char *const *names,
                              const char *path, int32_t *place,
                              int *count) CVR_MUST_CHECK;

#endif
