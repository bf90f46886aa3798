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

/* A file that has been checked: every tensor's type, shape and place, and the checksum.
 */
typedef struct cvr_safetensors {
    const char *path; /* for sentences */
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
/* Shape of a tensor ([r] counts as r x 1) and its type; false when there is none, or when
   it has more than two dimensions. */
bool cvr_safetensors_shape(const cvr_safetensors *file, const char *name, int64_t *rows,
                           int64_t *cols, cvr_type *type);
/* A = the tensor, in A's type; CVR_BAD_DATA when it is not there in A's shape, or not
   finite. */
cvr_status cvr_safetensors_read(const cvr_safetensors *file, const char *name,
                                cvr_mat A) CVR_MUST_CHECK;

#endif
