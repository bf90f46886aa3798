/* What short texts of tables mean. */
#ifndef CVR_DATA_WORDS_H
#define CVR_DATA_WORDS_H

#include <stdbool.h>

/* No value: empty, NA, NaN, null, ?, -, . and what else tables are known to write. */
bool cvr_word_missing(const char *text);
/* The same of a label; there - . and words that may name a class are labels. */
bool cvr_word_missing_label(const char *text);
/* true, yes: 1; false, no: 0; else -1 (in small letters or capitals). */
int cvr_word_boolean(const char *text);
/* A day or a time: 2024-01-31, 31.1.24, 1/31/2024 10:30, 10:30:00, 31-Jan-2024. */
bool cvr_word_date(const char *text);

#endif
