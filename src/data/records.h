/* Records of a CSV file: its lines, several as one where quotes go over them, without
   blank lines and comments. The first are read ahead to find the dialect.

   A line that begins with '#' is a comment, unless first fields are texts and it has as
   many fields as a record. */
#ifndef CVR_DATA_RECORDS_H
#define CVR_DATA_RECORDS_H

#include "data/dialect.h"
#include "data/lines.h"

enum { CVR_RECORDS_AHEAD = 20 };

typedef struct cvr_record {
    char *text;
    int64_t number; /* of its first line */
} cvr_record;

typedef struct cvr_records {
    cvr_lines lines;
    cvr_dialect dialect;
    int64_t fields;    /* of a record */
    bool hash_records; /* lines that begin with '#' may be records */
    cvr_record *ahead; /* item `next` is given out next */
    int64_t count, next, room;
    char *scratch; /* where fields of a line are counted */
    int64_t scratch_room;
} cvr_records;

/* dialect: '\0' where it is to be found. The caller closes r also after a failure. */
cvr_status cvr_records_open(cvr_records *r, cvr_stream *in,
                            cvr_dialect dialect) CVR_MUST_CHECK;
/* The next record, which may be written to, and the number of its line; NULL
   at the end. */
cvr_status cvr_records_next(cvr_records *r, char **line, int64_t *number) CVR_MUST_CHECK;
void cvr_records_close(cvr_records *r); /* takes {0} */

#endif
