/* The dialect of a CSV file, from its first lines. */
#ifndef CVR_DATA_DETECT_H
#define CVR_DATA_DETECT_H

#include "base/fail.h"
#include "data/dialect.h"

/* Finds what is '\0' in d. The fields of most lines are as many as those of the others
   (the first may have one less: R's names of rows), and of such dialects the one with the
   most numbers is right. */
cvr_status cvr_dialect_detect(char *const *lines, int64_t count,
                              cvr_dialect *d) CVR_MUST_CHECK;

#endif
