/* An array of a caller, for sentences about its entries. */
#ifndef CVR_DATA_ARRAY_SOURCE_H
#define CVR_DATA_ARRAY_SOURCE_H

#include <cvxrelu/data.h>

#include "base/fail.h"

/* A checked array, for sentences about its entries. */
typedef struct cvr_array_source {
    const char *what; /* "X" */
    const cvr_array *a;
    int64_t before; /* rows of the processes before this one */
    bool missing;   /* NaN may be there */
} cvr_array_source;

#endif
