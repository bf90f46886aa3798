/* Which column of a file is which: by names, or without names by the
   number of columns. */
#ifndef CVR_DATA_MATCH_H
#define CVR_DATA_MATCH_H

#include <cvxrelu/data.h>

#include "base/fail.h"

/* What a column of a file is; -1: it is not. */
typedef struct cvr_place {
    int32_t feature; /* a column of raw rows */
    int32_t target;
} cvr_place;

/* The file at hand, and what is asked of it. */
typedef struct cvr_header_row {
    const char *path;
    char *const *name; /* of columns; NULL: no header */
    int64_t count;
    const bool *counting; /* columns that count their rows, as far as was looked */
    const char *target;   /* as in cvr_load */
    const char *ignore;
    bool optional;   /* there may be no target */
    bool unlabelled; /* targets are not wanted */
    bool quiet;      /* no notes */
} cvr_header_row;

/* Of the first file: chooses targets, ignores what only names or numbers rows, and lists
   the columns. */
cvr_status cvr_match_first(const cvr_header_row *h, cvr_columns *c,
                           cvr_place *place) CVR_MUST_CHECK;
/* Of a file that is to be like known columns; *targets of it. */
cvr_status cvr_match_known(const cvr_header_row *h, const cvr_columns *c,
                           cvr_place *place, int *targets) CVR_MUST_CHECK;

#endif
