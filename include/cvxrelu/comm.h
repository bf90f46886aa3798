/* Processes that share one problem: the rows of the data are split, weights are whole on
   each. A solver knows this interface and nothing of MPI. */
#ifndef CVXRELU_COMM_H
#define CVXRELU_COMM_H

#include <stddef.h>

#include "mat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cvr_comm cvr_comm;

/* kind: "serial", or "mpi": all processes of MPI_COMM_WORLD (starts MPI when it is not
   running; the comm then ends it). *comm, the caller's, is NULL when it fails: CVR_USAGE
   (another kind), CVR_PARALLEL (MPI, or a build without it), CVR_NO_MEMORY.
   Collective. */
CVR_API cvr_status cvr_comm_open(const char *kind, cvr_comm **comm) CVR_MUST_CHECK;

/* The processes of an MPI communicator that the caller owns and keeps alive: mpi_comm
   points to an MPI_Comm. Messages go through a copy of it. CVR_PARALLEL (MPI, or a build
   without it), CVR_NO_MEMORY. Collective. */
CVR_API cvr_status cvr_comm_wrap_mpi(const void *mpi_comm,
                                     cvr_comm **comm) CVR_MUST_CHECK;

/* Takes NULL. Collective; what was made with comm is freed before. */
CVR_API void cvr_comm_free(cvr_comm *comm);

CVR_API int cvr_comm_rank(const cvr_comm *comm);      /* of this process: 0 .. size - 1 */
CVR_API int cvr_comm_size(const cvr_comm *comm);      /* the number of processes, >= 1 */
CVR_API int cvr_comm_node_size(const cvr_comm *comm); /* of them on this machine, >= 1 */

typedef struct cvr_traffic {
    int64_t bytes;
    double seconds;
} cvr_traffic;
/* What this process has put into the calls below, and how long it has spent in them,
   since comm was opened; zeroes for one process. */
CVR_API cvr_traffic cvr_comm_traffic(const cvr_comm *comm);

enum { CVR_GO_ON, CVR_END, CVR_END_OF_TIME };
typedef int (*cvr_question)(void *user);
/* What long calls on these processes ask now and then, each process for itself (NULL:
   nothing, as at first). Where one of them answers other than CVR_GO_ON, all of them
   leave the call together: it fails with CVR_INTERRUPTED, or a run ends as stopped, or
   as out of time. Threads of a call ask too. */
CVR_API void cvr_comm_question(cvr_comm *comm, cvr_question question, void *user);

/* The calls below are collective: all processes make them, in the same order and with the
   same count or size. They fail with CVR_PARALLEL, or CVR_NO_MEMORY for a buffer. */

/* x (count numbers) = its sum over the processes, the same bits on each. */
CVR_API cvr_status cvr_allreduce_sum(cvr_comm *comm, double *x, int count) CVR_MUST_CHECK;
/* The same with the greatest; no x is NaN. */
CVR_API cvr_status cvr_allreduce_max(cvr_comm *comm, double *x, int count) CVR_MUST_CHECK;

/* Process 0's `size` bytes for all. */
CVR_API cvr_status cvr_broadcast(cvr_comm *comm, void *bytes, size_t size) CVR_MUST_CHECK;

/* The status, sentence and hint of the first process that failed, on all of them; the
   sentence begins with "process 2: " unless all have failed. */
CVR_API cvr_status cvr_allreduce_status(cvr_comm *comm, cvr_status own) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
