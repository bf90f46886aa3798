/* A model as the bytes of a safetensors file. */
#ifndef CVR_MODEL_MODEL_FILE_H
#define CVR_MODEL_MODEL_FILE_H

#include <cvxrelu/model.h>

#include "base/fail.h"

/* cvr_model_from_bytes with a path for sentences. */
cvr_status cvr_model_decode(const unsigned char *bytes, int64_t length, const char *path,
                            cvr_model *m) CVR_MUST_CHECK;

#endif
