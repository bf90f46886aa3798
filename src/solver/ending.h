/* What is to be said of the network that a run ends with. */
#ifndef CVR_SOLVER_ENDING_H
#define CVR_SOLVER_ENDING_H

#include "solver/solver.h"

/* Adds it to p->note. outputs: the network's own on the training rows, or {0}.
   Collective. */
cvr_status cvr_solver_remark(cvr_solver *s, cvr_mat outputs,
                             cvr_progress *p) CVR_MUST_CHECK;

#endif
