/* A measurement of the state as it is. */
#ifndef CVR_SOLVER_MEASURE_H
#define CVR_SOLVER_MEASURE_H

#include "solver/solver.h"

/* p: all figures but the outcome. outputs: the network's on the training rows, when they
   are at hand, else {0}. Collective. CVR_INTERRUPTED: it may be made again. */
cvr_status cvr_solver_measure(cvr_solver *s, cvr_progress *p,
                              cvr_mat *outputs) CVR_MUST_CHECK;
/* Seconds, phases, memory and bytes of messages: process 0's for all. Collective. */
cvr_status cvr_solver_read_clocks(cvr_solver *s, cvr_progress *p) CVR_MUST_CHECK;

#endif
