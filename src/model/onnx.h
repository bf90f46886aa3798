/* Models as bytes of an ONNX file. */
#ifndef CVR_MODEL_ONNX_H
#define CVR_MODEL_ONNX_H

#include <cvxrelu/model.h>

#include "model/protobuf.h"

/* What cvr_model_save_onnx writes; the caller frees it. */
cvr_status cvr_model_encode_onnx(const cvr_model *m, bool fold,
                                 cvr_message *file) CVR_MUST_CHECK;

#endif
