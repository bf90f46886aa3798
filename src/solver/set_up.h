/* A solver is made. */
#ifndef CVR_SOLVER_SET_UP_H
#define CVR_SOLVER_SET_UP_H

#include "solver/solver.h"

/* cvr_solver_new with the rows and the method's matrices on a device: the data sets, the
   model and what is measured with them stay on the processor. */
cvr_status cvr_solver_new_on(const cvr_backend *device, const cvr_dataset *train,
                             const cvr_dataset *test, cvr_comm *comm,
                             const cvr_settings *settings,
                             cvr_solver **out) CVR_MUST_CHECK;

#endif
