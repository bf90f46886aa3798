/* A text file line by line. */
#ifndef CVR_DATA_LINES_H
#define CVR_DATA_LINES_H

#include <stdbool.h>

#include "data/stream.h"

typedef struct cvr_lines {
    cvr_stream *in; /* the caller's */
    char *buffer;
    int64_t room, start, used; /* buffer[start .. used) is not given out yet */
    int64_t number;            /* of the line given last, from 1 */
    bool ended;
} cvr_lines;

void cvr_lines_free(cvr_lines *l);
/* The next line: without its end, '\0' at *end, may be written to, valid until the next
   call. *line is NULL after the last. A byte order mark is skipped. */
cvr_status cvr_lines_next(cvr_lines *l, char **line, char **end) CVR_MUST_CHECK;
/* The same without blank lines and those that begin with '#'. */
cvr_status cvr_lines_next_filled(cvr_lines *l, char **line, char **end) CVR_MUST_CHECK;

#endif
