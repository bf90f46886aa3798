/* What the columns of a table hold, learned while its rows are read, or known before.

   A column is numbers as long as nothing else comes. From its first text on each value is
   kept as the place of its text among those that came: then it is booleans, categories,
   or names of rows (all are different), which are left out. */
#ifndef CVR_DATA_SCAN_H
#define CVR_DATA_SCAN_H

#include <cvxrelu/data.h>

#include "base/fail.h"
#include "data/dictionary.h"

enum { CVR_MOST_TEXTS = 1000, CVR_FEWEST_NAMES = 11 };

/* Where a field stands. */
typedef struct cvr_field {
    const char *path;
    int64_t line, column; /* from 1 */
    const char *name;     /* of the column; NULL or "": it has none */
} cvr_field;

typedef struct cvr_scan_column {
    cvr_dictionary texts; /* numbers too, as they are written here */
    int64_t *rows;        /* of each text */
    int64_t room;
    int64_t from;    /* rows kept before this one have numbers */
    int64_t numbers; /* values that are numbers */
    int64_t missing, unknown;
    bool late;     /* numbers came before the first text */
    bool crowded;  /* there are more texts */
    bool repeated; /* one has come twice */
    char *first;   /* "FILE:LINE: column 3 (b): 'x'": the first text */
} cvr_scan_column;

typedef struct cvr_scan {
    cvr_columns *columns; /* the caller's */
    bool learns;
    int64_t count;        /* columns of a raw row */
    int64_t *item;        /* which of the columns they are */
    cvr_scan_column **of; /* NULL until something else than numbers comes */
    bool *coded;          /* values are places of texts */
    int64_t seen, kept; /* rows before the one at hand; of them kept: the caller counts */
} cvr_scan;

/* learns: kinds are found; else the columns say what they are. The caller closes s. */
cvr_status cvr_scan_open(cvr_scan *s, cvr_columns *columns, bool learns) CVR_MUST_CHECK;
/* What a field of raw column k holds: text, and its number (NaN when it is none). *value:
   what to keep for the row. */
cvr_status cvr_scan_text(cvr_scan *s, int64_t k, const char *text, double number,
                         const cvr_field *at, double *value) CVR_MUST_CHECK;
/* True when the fields of rows that are not kept have to be looked at. */
bool cvr_scan_looks(const cvr_scan *s);
enum { CVR_FIELD_SIZE = 400 };
/* "FILE:LINE: column 3 (b)" */
const char *cvr_field_place(const cvr_field *at, char place[CVR_FIELD_SIZE]);
/* The place of a text among those of a column, and one row more for it. */
cvr_status cvr_scan_count(cvr_scan_column *c, const char *text,
                          int64_t *place) CVR_MUST_CHECK;
/* True when numbers came before the first text of a column: a scan that knows from the
   beginning that there are texts sees them all. It starts anew. */
bool cvr_scan_again(cvr_scan *s);
/* Notes about unknown categories. */
void cvr_scan_note(const cvr_scan *s, const char *source);
void cvr_scan_close(cvr_scan *s); /* takes {0} */

#endif
