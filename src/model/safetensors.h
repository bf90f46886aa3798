/* The safetensors format: 8 bytes header length (little-endian), a JSON header
   {"name": {"dtype": "F64", "shape": [r, c], "data_offsets": [begin, end]}, ...,
   "__metadata__": {"key": "text"}}, then the tensors, row-major, without gaps.
   https://github.com/huggingface/safetensors (format)

   Our files carry a checksum of all bytes in the metadata; files of other programs need
   none. Nothing is read that the length does not cover. */
#ifndef CVR_MODEL_SAFETENSORS_H
#define CVR_MODEL_SAFETENSORS_H

#include <jansson.h>

#include <cvxrelu/mat.h>

#include "base/fail.h"

typedef struct cvr_tensor {
    char name[24];
    cvr_mat A;
    bool vector; /* shape [rows] */
} cvr_tensor;

/* The bytes of a file; the caller releases them. metadata: name -> text. */
cvr_status cvr_safetensors_encode(const cvr_tensor *tensors, int count,
                                  const json_t *metadata, unsigned char **bytes,
                                  int64_t *length) CVR_MUST_CHECK;

/* A file that has been checked: every tensor's type, shape and place, and
   the checksum. */
typedef struct cvr_safetensors {
    const char *path, *kind; /* for sentences; kind NULL: what it says itself */
    json_t *header;
    const unsigned char *data; /* the caller's bytes, behind the header */
    int64_t length;            /* of data */
} cvr_safetensors;

cvr_status cvr_safetensors_open(const unsigned char *bytes, int64_t length,
                                const char *path, cvr_safetensors *file) CVR_MUST_CHECK;
void cvr_safetensors_close(cvr_safetensors *file);

int cvr_safetensors_count(const cvr_safetensors *file);
/* A text of the metadata; NULL: there is none. */
const char *cvr_safetensors_text(const cvr_safetensors *file, const char *key);
bool cvr_safetensors_checkpoint(const cvr_safetensors *file); /* it says that it is one */
/* Shape of a tensor ([r] counts as r x 1) and its type; false when there is none, or when
   it has more than two dimensions. */
bool cvr_safetensors_shape(const cvr_safetensors *file, const char *name, int64_t *rows,
                           int64_t *cols, cvr_type *type);
/* A = the tensor, in A's type; CVR_BAD_DATA when it is not there in A's shape, or not
   finite. */
cvr_status cvr_safetensors_read(const cvr_safetensors *file, const char *name,
                                cvr_mat A) CVR_MUST_CHECK;

/* ---- for files that nobody holds in memory (checkpoint.c) -------------------------- */

/* Enters a tensor that begins at `begin` of the data; false: no memory. */
bool cvr_safetensors_add(json_t *header, const char *name, cvr_type type, int64_t rows,
                         int64_t cols, bool vector, int64_t begin);
/* The bytes in front of the data (`length` of them, and room for `data` more; the caller
   releases them) of a header that lists its tensors; a checksum of zeroes. */
cvr_status cvr_safetensors_head(json_t *header, const json_t *metadata, int64_t data,
                                unsigned char **head, int64_t *length) CVR_MUST_CHECK;
/* How long these bytes are, by the first 8 of a file of this length; -1: it is none. */
int64_t cvr_safetensors_head_length(const unsigned char *bytes, int64_t length);
/* Checks all but the sum; file->path and kind are set, and its data is left alone. Close
   it in any case. */
cvr_status cvr_safetensors_check(cvr_safetensors *file, const unsigned char *head,
                                 int64_t head_length, int64_t length) CVR_MUST_CHECK;
/* Where a tensor begins in the data. */
int64_t cvr_safetensors_place(const cvr_safetensors *file, const char *name);

/* The checksum, FNV-1a of 64 bits: of the head (its own digits count as zeroes; 0: it has
   none), then of the data in their order. */
uint64_t cvr_safetensors_head_sum(const unsigned char *head, int64_t length);
uint64_t cvr_safetensors_hash(uint64_t h, const unsigned char *bytes, int64_t length);
bool cvr_safetensors_sum_fits(const unsigned char *head, int64_t length, uint64_t sum);
void cvr_safetensors_put_sum(unsigned char *head, int64_t length, uint64_t sum);
/* CVR_BAD_DATA, with a hint. */
cvr_status cvr_safetensors_wrong_sum(const cvr_safetensors *file);

#endif
