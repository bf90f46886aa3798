/* A model as the bytes of a safetensors file. */
#ifndef CVR_MODEL_MODEL_FILE_H
#define CVR_MODEL_MODEL_FILE_H

#include <cvxrelu/model.h>

#include "base/fail.h"

/* The caller releases the bytes. */
cvr_status cvr_model_encode(const cvr_model *m, unsigned char **bytes,
                            int64_t *length) CVR_MUST_CHECK;
/* path is for sentences. */
cvr_status cvr_model_decode(const unsigned char *bytes, int64_t length, const char *path,
                            cvr_model *m) CVR_MUST_CHECK;

#endif
