/* A solver in a file. */
#ifndef CVR_SOLVER_RESUME_H
#define CVR_SOLVER_RESUME_H

#include "solver/solver.h"

/* The whole state in a file, written by process 0 under a temporary name, synced and
   renamed: an older file stays until the new one is whole. Collective. CVR_IO, and
   CVR_NUMERICAL when the state holds a NaN. */
cvr_status cvr_solver_save(cvr_solver *s, const char *path) CVR_MUST_CHECK;

#endif
