/* Fields of a line of CSV. */
#ifndef CVR_DATA_FIELDS_H
#define CVR_DATA_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

/* What is left of a line; `more` when another field is to come. A delimiter ' ' means any
   run of blanks. */
typedef struct cvr_cursor {
    char *p;
    char delimiter;
    bool more;
} cvr_cursor;

/* Tab, semicolon or comma, whichever the line has outside quotes; else blanks. */
char cvr_fields_delimiter(const char *line);
cvr_cursor cvr_fields_begin(char *line, char delimiter);
/* A number without quotes, the common case; false leaves the cursor as it is. */
bool cvr_fields_number(cvr_cursor *at, double *value);
/* The next field as text, without quotes and without blanks around it; writes into the
   line. NULL when a quote is not closed or something follows it. */
char *cvr_fields_text(cvr_cursor *at);
/* Passes a field without looking at it, but for where it ends; false as cvr_fields_text
   is NULL. */
bool cvr_fields_skip(cvr_cursor *at);
/* Number of fields; writes into the line. */
int64_t cvr_fields_count(char *line, char delimiter);

/* A line and its fields; the caller frees it. An item whose quotes are wrong is "". */
typedef struct cvr_fields {
    char *copy;
    char **item;
    int64_t count;
} cvr_fields;
cvr_status cvr_fields_split(const char *line, char delimiter,
                            cvr_fields *f) CVR_MUST_CHECK;
void cvr_fields_free(cvr_fields *f);

#endif
