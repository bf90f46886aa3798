/* A stretch of a stream, as it is or compressed, in zlib's frame or without any. */
#ifndef CVR_DATA_SUBSTREAM_H
#define CVR_DATA_SUBSTREAM_H

#include <stdbool.h>

#include "data/stream.h"

typedef enum cvr_packing { CVR_PLAIN, CVR_ZLIB, CVR_DEFLATE } cvr_packing;

typedef struct cvr_substream {
    cvr_stream *in;     /* the caller's */
    int64_t left;       /* bytes of the stretch that are still in the stream */
    int64_t offset;     /* bytes of content so far */
    void *unpack;       /* of a compressed one, else NULL */
    bool proportionate; /* what is taken must be justified (cvr_stream_justify) */
    bool summed;        /* sum is kept: the CRC-32 of the content so far */
    uint32_t sum;
    unsigned char held[4]; /* content before that of the stream: its last held_left */
    int held_left;
} cvr_substream;

/* The next `length` bytes of in. */
cvr_status cvr_substream_open(cvr_stream *in, int64_t length, cvr_packing packing,
                              cvr_substream *s) CVR_MUST_CHECK;
/* Reads size bytes of content; *got is less only at the end. CVR_BAD_DATA when compressed
   data are cut or damaged. */
cvr_status cvr_substream_read(cvr_substream *s, void *bytes, size_t size,
                              size_t *got) CVR_MUST_CHECK;
/* The same into memory that grows with what is there, as cvr_stream_take. */
cvr_status cvr_substream_take(cvr_substream *s, int64_t size, unsigned char **bytes,
                              int64_t *room, int64_t *got) CVR_MUST_CHECK;
/* Moves the stream behind the stretch, and frees. *whole: the stream has all of it. */
cvr_status cvr_substream_skip(cvr_substream *s, bool *whole) CVR_MUST_CHECK;
void cvr_substream_close(cvr_substream *s); /* takes {0} */

/* Moves in forward by up to size bytes. */
cvr_status cvr_stream_skip(cvr_stream *in, int64_t size, int64_t *got) CVR_MUST_CHECK;

#endif
