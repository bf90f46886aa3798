/* The content of a file, read once from front to back; gzip is undone on the way. */
#ifndef CVR_DATA_STREAM_H
#define CVR_DATA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

typedef struct cvr_stream cvr_stream;

/* "-" is standard input. CVR_IO with the system's reason. */
cvr_status cvr_stream_open(const char *path, cvr_stream **in) CVR_MUST_CHECK;
void cvr_stream_close(cvr_stream *in);             /* takes NULL */
const char *cvr_stream_path(const cvr_stream *in); /* as messages name it */
const char *cvr_stream_name(const char *path);     /* the same before it is open */
bool cvr_stream_regular(const cvr_stream *in);     /* it can be opened again */

/* Reads size bytes; *got is less only at the end. CVR_IO, or CVR_BAD_DATA when gzip data
   are cut or damaged. */
cvr_status cvr_stream_read(cvr_stream *in, void *bytes, size_t size,
                           size_t *got) CVR_MUST_CHECK;
/* The same into memory that grows with what the file has, never with what is asked for.
   *bytes (the caller's, of capacity *room, kept between calls) holds *got <= size. */
cvr_status cvr_stream_take(cvr_stream *in, int64_t size, unsigned char **bytes,
                           int64_t *room, int64_t *got) CVR_MUST_CHECK;
/* What growing by what is there means: room for *part more of size bytes, of which got
   are there. */
cvr_status cvr_stream_room(unsigned char **bytes, int64_t *room, int64_t got,
                           int64_t size, size_t *part) CVR_MUST_CHECK;
/* The first bytes (up to 32 KiB) without reading past them; before any read. */
cvr_status cvr_stream_peek(cvr_stream *in, const unsigned char **head,
                           size_t *size) CVR_MUST_CHECK;

/* A few bytes of a file must not ask for gigabytes: CVR_BAD_DATA when so much memory for
   one thing (`what`: a line, a row) is out of proportion to the bytes of the file that
   have been read, CVR_NO_MEMORY when there is not so much. */
cvr_status cvr_stream_justify(const cvr_stream *in, int64_t bytes,
                              const char *what) CVR_MUST_CHECK;

/* Moves to a place of a file whose length is known. */
cvr_status cvr_stream_seek(cvr_stream *in, int64_t offset) CVR_MUST_CHECK;

/* Bytes of content so far. */
int64_t cvr_stream_offset(const cvr_stream *in);
/* Bytes of content, or -1 when only reading tells (gzip, pipes). */
int64_t cvr_stream_length(const cvr_stream *in);

#endif
