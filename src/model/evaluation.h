/* How well outputs do. */
#ifndef CVR_MODEL_EVALUATION_H
#define CVR_MODEL_EVALUATION_H

#include <cvxrelu/model.h>

#include "base/fail.h"

/* cvr_model_evaluate of outputs F that are at hand (own rows x outputs). */
cvr_status cvr_evaluate_outputs(const cvr_model *m, cvr_mat F, const cvr_dataset *data,
                                cvr_comm *comm, cvr_evaluation *e) CVR_MUST_CHECK;

#endif
