/* Fields of a line of CSV. */
#ifndef CVR_DATA_FIELDS_H
#define CVR_DATA_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "data/dialect.h"

/* What is left of a line; `more` when another field is to come. */
typedef struct cvr_cursor {
    char *p;
    char delimiter, quote;
    bool more;
} cvr_cursor;

cvr_cursor cvr_fields_begin(char *line, cvr_dialect d);
/* A number without quotes and with a point, the common case; false leaves the cursor as
   it is. */
bool cvr_fields_number(cvr_cursor *at, double *value);
/* Passes such a number without computing it: a sign, digits with a point among them, an
   exponent. */
bool cvr_fields_pass(cvr_cursor *at);
/* The next field as text, without quotes and without blanks around it; writes into the
   line. NULL when a quote is not closed or something follows it. */
char *cvr_fields_text(cvr_cursor *at);
/* Passes a field without looking at it, but for where it ends; false as cvr_fields_text
   is NULL. */
bool cvr_fields_skip(cvr_cursor *at);
/* Number of fields; writes into the line. */
int64_t cvr_fields_count(char *line, cvr_dialect d);
/* True when a line ends inside quotes: its record continues in the next line. */
bool cvr_fields_open(const char *line, cvr_dialect d);

/* A line and its fields; the caller frees it. An item whose quotes are wrong is "". */
typedef struct cvr_fields {
    char *copy;
    char **item;
    int64_t count;
} cvr_fields;
cvr_status cvr_fields_split(const char *line, cvr_dialect d,
                            cvr_fields *f) CVR_MUST_CHECK;
void cvr_fields_free(cvr_fields *f);

#endif
