/* Matrices between processes; collective, as the calls of cvxrelu/comm.h are. */
#ifndef CVR_PARALLEL_REDUCE_H
#define CVR_PARALLEL_REDUCE_H

#include <cvxrelu/comm.h>

#include "base/fail.h"

/* A = sum over processes of A, in its type, the same bits everywhere: MPI_Allreduce adds
   in an order that depends on the ranks alone. */
cvr_status cvr_allreduce(cvr_comm *comm, cvr_mat A) CVR_MUST_CHECK;

/* all (rows of all processes x cols) = the parts (own rows x cols) stacked by rank. */
cvr_status cvr_allgather(cvr_comm *comm, cvr_mat part, cvr_mat all) CVR_MUST_CHECK;

#endif
