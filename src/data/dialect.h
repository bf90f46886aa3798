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

/* Finds what is '\0' in d. The fields of most lines are as many as those of the others
   (the first may have one less: R's names of rows), and of such dialects the one with the
   most numbers is right. */
cvr_status cvr_dialect_find(char *const *lines, int64_t count,
                            cvr_dialect *d) CVR_MUST_CHECK;
/* All of text as a number of the dialect. */
bool cvr_dialect_number(const cvr_dialect *d, const char *text, double *value);

#endif
