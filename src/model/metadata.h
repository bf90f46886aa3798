/* What a model file says besides its tensors. */
#ifndef CVR_MODEL_METADATA_H
#define CVR_MODEL_METADATA_H

#include <cvxrelu/model.h>

#include "model/safetensors.h"

/* name -> text; NULL: no memory. The caller drops the reference. */
json_t *cvr_metadata_write(const cvr_model *m);
/* Task, classes, threshold, transform (but shift and scale) and record of m, whose layers
   are there; CVR_BAD_DATA when they do not fit these. */
cvr_status cvr_metadata_read(const cvr_safetensors *file, cvr_model *m) CVR_MUST_CHECK;
/* A kernel model: how many parts it has (0: the file does not say well), and all of them
   but their gates into a machine with that many parts and with its points. A gated one
   has none, but may clip. */
int cvr_metadata_parts(const cvr_safetensors *file);
cvr_status cvr_metadata_machine(const cvr_safetensors *file,
                                cvr_machine *machine) CVR_MUST_CHECK;
/* False when the file says another kind. */
bool cvr_metadata_kind_fits(const cvr_safetensors *file, cvr_model_kind kind);

#endif
