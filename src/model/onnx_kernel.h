/* The kernel of a model as a graph of ONNX. */
#ifndef CVR_MODEL_ONNX_KERNEL_H
#define CVR_MODEL_ONNX_KERNEL_H

#include "model/onnx_graph.h"

/* K (N x points): the kernel between the rows X, as they are compared, and the model's
   points. */
cvr_status cvr_onnx_kernel(cvr_onnx_graph *g, const cvr_machine *z, cvr_onnx_value X,
                           cvr_onnx_value *K) CVR_MUST_CHECK;

#endif
