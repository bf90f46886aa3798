/* A file that is written, compressed or not; it is there, whole, once it is committed. */
#ifndef CVR_DATA_SINK_H
#define CVR_DATA_SINK_H

#include <zlib.h>

#include "base/atomic_file.h"

typedef struct cvr_sink {
    cvr_atomic out;
    gzFile gz; /* NULL: as they are */
} cvr_sink;

/* All fail with CVR_IO. The caller closes s whatever comes of it, {0} too. */
cvr_status cvr_sink_open(const char *path, bool compress, cvr_sink *s) CVR_MUST_CHECK;
cvr_status cvr_sink_put(cvr_sink *s, const void *bytes, size_t size) CVR_MUST_CHECK;
cvr_status cvr_sink_commit(cvr_sink *s) CVR_MUST_CHECK;
void cvr_sink_close(cvr_sink *s);

#endif
