/* What one CSV is like: the signs between fields, in numbers and around texts. */
#ifndef CVR_DATA_DIALECT_H
#define CVR_DATA_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

typedef struct cvr_dialect {
    char delimiter; /* ' ': any run of blanks; '\0': any of the usual ones (a guess) */
    char decimal;   /* '.' or ',' */
    char quote;     /* '"' or '\'' */
} cvr_dialect;

/* All of text as a number of the dialect. */
bool cvr_dialect_number(const cvr_dialect *d, const char *text, double *value);

#endif
