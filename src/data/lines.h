/* A text file line by line. Lines end with \n, \r\n or, where there is no \n, with \r.
   UTF-16 is read as UTF-8. */
#ifndef CVR_DATA_LINES_H
#define CVR_DATA_LINES_H

#include <stdbool.h>

#include "data/stream.h"
#include "data/utf16.h"

typedef struct cvr_lines {
    cvr_stream *in; /* the caller's */
    char *buffer;
    int64_t room, start, used; /* buffer[start .. used) is not given out yet */
    int64_t given, cut;        /* where the line given last begins, and where '\0' is */
    char under;                /* what was there */
    int64_t number;            /* of the line given last, from 1 */
    char stop;                 /* at the end of lines; '\0' before the first */
    bool wide, ended;          /* wide: UTF-16 */
    cvr_utf16 decoder;
} cvr_lines;

void cvr_lines_free(cvr_lines *l);
/* The next line: without its end, '\0' at *end, may be written to, valid until the next
   call. *line is NULL after the last. A byte order mark is skipped. */
cvr_status cvr_lines_next(cvr_lines *l, char **line, char **end) CVR_MUST_CHECK;
/* The line given last (which must not have been written to) and the one after it, with
   the break between them, as one; *joined is false when there is none after it. */
cvr_status cvr_lines_join(cvr_lines *l, char **line, char **end,
                          bool *joined) CVR_MUST_CHECK;
/* The next line that is not blank and does not begin with '#'. */
cvr_status cvr_lines_next_filled(cvr_lines *l, char **line, char **end) CVR_MUST_CHECK;
/* Calls take for each such line of a file, as long as it succeeds. */
cvr_status cvr_lines_each(const char *path,
                          cvr_status (*take)(void *ctx, const cvr_lines *l,
                                             const char *line),
                          void *ctx) CVR_MUST_CHECK;

#endif
