/* Making networks, and applying them to matrices. */
#ifndef CVR_MODEL_MODEL_H
#define CVR_MODEL_MODEL_H

#include <cvxrelu/model.h>

#include "base/fail.h"

/* Empty layers: sizes[0] inputs, sizes[1] .. sizes[depth] units, in `type`. */
cvr_status cvr_model_new(cvr_type type, int depth, const int64_t *sizes,
                         cvr_model *m) CVR_MUST_CHECK;
cvr_status cvr_model_new_gated(cvr_type type, int64_t inputs, int64_t gates, int outputs,
                               cvr_model *m) CVR_MUST_CHECK;
/* f = W k(x) + b: W outputs x points, and the machine's `parts` parts to be filled in. */
cvr_status cvr_model_new_kernel(cvr_type type, int64_t inputs, int64_t points, int parts,
                                int outputs, cvr_model *m) CVR_MUST_CHECK;
int64_t cvr_model_inputs(const cvr_model *m); /* features that it takes */
/* All of m in memory of its own; {0} when it fails. */
cvr_status cvr_model_copy(const cvr_model *m, cvr_model *copy) CVR_MUST_CHECK;

/* All but the weights: task, classes, transform, record, calibration, and of a kernel its
   machine; what the copy has of them goes. */
cvr_status cvr_model_copy_about(const cvr_model *m, cvr_model *copy) CVR_MUST_CHECK;

/* Task, class names and transform of the data it was trained on. */
cvr_status cvr_model_describe(cvr_model *m, const cvr_dataset *data) CVR_MUST_CHECK;

/* Y (rows x outputs) = the network's outputs for X (rows x inputs, a bias column of ones
   last is skipped: X may have inputs + 1 columns). Works in blocks of rows. */
cvr_status cvr_model_forward(const cvr_model *m, cvr_mat X, cvr_mat Y) CVR_MUST_CHECK;

#endif
