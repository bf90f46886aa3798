/* What a checkpoint is of: texts in its head, which a run that resumes has to share. */
#ifndef CVR_SOLVER_IDENTITY_H
#define CVR_SOLVER_IDENTITY_H

#include <jansson.h>

#include "model/checkpoint.h"
#include "solver/solver.h"

/* An object of texts; the caller drops it. Collective. */
cvr_status cvr_identity_of(const cvr_solver *s, json_t **id) CVR_MUST_CHECK;
/* These, and the text of the program's own. */
cvr_status cvr_identity_write(const cvr_solver *s, const json_t *id,
                              cvr_checkpoint_writer *w) CVR_MUST_CHECK;
/* CVR_USAGE names an option that differs, CVR_BAD_DATA what else does. */
cvr_status cvr_identity_check(const cvr_checkpoint_reader *r,
                              const json_t *id) CVR_MUST_CHECK;

#endif
