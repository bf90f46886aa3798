/* What becomes of images in a graph of ONNX. */
#ifndef CVR_MODEL_ONNX_IMAGES_H
#define CVR_MODEL_ONNX_IMAGES_H

#include "model/onnx_graph.h"

/* X (N x raw pixels) becomes the features that t makes of images, hog648 apart; other
   rows stay. CVR_BAD_DATA: t does not fit the images that it is of. */
cvr_status cvr_onnx_images(cvr_onnx_graph *g, const cvr_transform *t,
                           cvr_onnx_value *X) CVR_MUST_CHECK;

#endif
