/* The state of a method, to and from a checkpoint; and in memory, for a step that is left
   before its end. */
#ifndef CVR_SOLVER_SNAPSHOT_H
#define CVR_SOLVER_SNAPSHOT_H

#include "solver/solver.h"

/* What its workspace lists; restoring makes anew what follows from it. Collective. */
cvr_status cvr_method_serialize(cvr_solver *s, cvr_archive *k) CVR_MUST_CHECK;

/* Memory is taken the first time, as much as the state needs. Not collective. */
cvr_status cvr_snapshot_take(cvr_solver *s) CVR_MUST_CHECK;
/* The state as it was then. */
cvr_status cvr_snapshot_back(cvr_solver *s) CVR_MUST_CHECK;
void cvr_snapshot_free(cvr_copies *copies); /* takes {0} */

#endif
