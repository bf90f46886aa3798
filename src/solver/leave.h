/* The end before the end: what long calls ask, and steps that are left. */
#ifndef CVR_SOLVER_LEAVE_H
#define CVR_SOLVER_LEAVE_H

#include "solver/solver.h"

/* From here on long calls ask whether the run is to stop or out of time, or what the
   caller's question says; or nothing at all; or, in the end, what they asked before.
   Collective. */
void cvr_solver_listen(cvr_solver *s);
void cvr_solver_hush(cvr_solver *s);
void cvr_solver_go_deaf(cvr_solver *s);
/* The caller's own answer, while the solver listens. */
int cvr_solver_caller(const cvr_solver *s);
/* One step. cut: it has been left, and the state is that of before. Collective. */
cvr_status cvr_solver_step(cvr_solver *s, bool *cut) CVR_MUST_CHECK;
/* The sentence about a set-up that has been left. */
cvr_status cvr_solver_left(void);

#endif
