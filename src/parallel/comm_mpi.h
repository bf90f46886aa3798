/* Processes of MPI: comm_mpi.c, or comm_no_mpi.c in a build without. */
#ifndef CVR_PARALLEL_COMM_MPI_H
#define CVR_PARALLEL_COMM_MPI_H

#include "base/fail.h"
#include "parallel/comm_ops.h"

/* All processes that the launcher started; MPI is initialised unless it runs already. */
cvr_status cvr_comm_open_mpi(cvr_comm **comm) CVR_MUST_CHECK;

#endif
