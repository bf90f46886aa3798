/* The state of a method in memory: for a step that is left before its end. */
#ifndef CVR_SOLVER_SNAPSHOT_H
#define CVR_SOLVER_SNAPSHOT_H

#include "solver/archive_file.h"
#include "solver/method.h"

/* Memory is taken the first time, as much as the state needs. Not collective. */
cvr_status cvr_snapshot_take(const cvr_method *method, void *state,
                             const cvr_problem *problem,
                             cvr_copies *copies) CVR_MUST_CHECK;
/* The state as it was then. */
cvr_status cvr_snapshot_back(const cvr_method *method, void *state,
                             const cvr_problem *problem,
                             cvr_copies *copies) CVR_MUST_CHECK;
void cvr_snapshot_free(cvr_copies *copies); /* takes {0} */

#endif
