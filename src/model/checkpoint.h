/* The file of a checkpoint: safetensors that are written and read in pieces, so that
   nobody holds all of it. A matrix is stored by columns: shape [columns, rows]. The file
   appears whole or not at all; the one before stays until then. */
#ifndef CVR_MODEL_CHECKPOINT_H
#define CVR_MODEL_CHECKPOINT_H

#include <stdio.h>

#include "base/atomic_file.h"
#include "model/safetensors.h"

/* First all names and texts, then the numbers in the same order. */
typedef struct cvr_checkpoint_writer {
    json_t *header, *metadata;
    int64_t size, written; /* bytes of the matrices: announced, written */
    cvr_atomic out;
    unsigned char *head;
    int64_t head_length;
    uint64_t sum;
} cvr_checkpoint_writer;

cvr_status cvr_checkpoint_new(cvr_checkpoint_writer *w) CVR_MUST_CHECK;
cvr_status cvr_checkpoint_say(cvr_checkpoint_writer *w, const char *key,
                              const char *text) CVR_MUST_CHECK;
cvr_status cvr_checkpoint_announce(cvr_checkpoint_writer *w, const char *name,
                                   cvr_type type, int64_t rows,
                                   int64_t cols) CVR_MUST_CHECK;
cvr_status cvr_checkpoint_begin(cvr_checkpoint_writer *w,
                                const char *path) CVR_MUST_CHECK;
cvr_status cvr_checkpoint_put(cvr_checkpoint_writer *w, const void *bytes,
                              int64_t size) CVR_MUST_CHECK;
/* Everything announced has been put: puts the checksum into its place, syncs, renames. */
cvr_status cvr_checkpoint_commit(cvr_checkpoint_writer *w) CVR_MUST_CHECK;
void cvr_checkpoint_discard(cvr_checkpoint_writer *w); /* takes {0}, leaves {0} */

typedef struct cvr_checkpoint_reader {
    cvr_safetensors file; /* texts, names and shapes; no data */
    FILE *stream;
    int64_t head_length;
} cvr_checkpoint_reader;

/* A checkpoint that is whole: its checksum is right. CVR_IO, CVR_BAD_DATA. The path stays
   the caller's. */
cvr_status cvr_checkpoint_open(const char *path, cvr_checkpoint_reader *r) CVR_MUST_CHECK;
void cvr_checkpoint_close(cvr_checkpoint_reader *r); /* takes {0}, leaves {0} */
/* CVR_BAD_DATA unless a matrix of this name, type and shape is there. */
cvr_status cvr_checkpoint_find(const cvr_checkpoint_reader *r, const char *name,
                               cvr_type type, int64_t rows, int64_t cols) CVR_MUST_CHECK;
/* size bytes of a matrix that has been found, from its byte `from` on. */
cvr_status cvr_checkpoint_get(cvr_checkpoint_reader *r, const char *name, int64_t from,
                              void *bytes, int64_t size) CVR_MUST_CHECK;

#endif
