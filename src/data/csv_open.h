/* The CSV reader before its first row: what a file is like. csv.c reads the rows. */
#ifndef CVR_DATA_CSV_OPEN_H
#define CVR_DATA_CSV_OPEN_H

#include "data/number.h"
#include "data/reader.h"
#include "data/records.h"

typedef struct cvr_scratch {
    char *text;
    int64_t room;
} cvr_scratch;

enum { CVR_LABEL_TEXT, CVR_OTHER_TEXT };

typedef struct cvr_csv {
    cvr_records records;
    int64_t line; /* number of the line at hand */
    int64_t columns;
    bool header, plain; /* plain: numbers have a decimal point */
    bool trails;        /* a delimiter at the end of rows opens no column */
    char **name;        /* of columns; NULL: no header */
    bool *counting;     /* columns that count their rows among those read ahead */
    cvr_place *place;
    double *value, *target;
    bool missing;                  /* a value for whose lack the row is dropped */
    char written[CVR_NUMBER_SIZE]; /* a label that had a decimal comma */
    cvr_scratch latin[2];          /* the latest text that was not UTF-8: LABEL, OTHER */
    bool told;                     /* that there are such texts */
} cvr_csv;

/* The dialect, the header and the columns; r->state is a cvr_csv. */
cvr_status cvr_csv_open(cvr_reader *r) CVR_MUST_CHECK;
/* text as UTF-8, valid until the next of its use (CVR_LABEL_TEXT, CVR_OTHER_TEXT). */
cvr_status cvr_csv_utf8(cvr_reader *r, int use, const char **text) CVR_MUST_CHECK;

#endif
