/* What a kind of communicator fills in; comm.c is the only caller.

   comm.c answers for one process itself, packs matrices with gaps, and counts: a kind
   sees at least two processes and numbers that lie together. */
#ifndef CVR_PARALLEL_COMM_H
#define CVR_PARALLEL_COMM_H

#include <cvxrelu/comm.h>

typedef struct cvr_comm_ops {
    /* x = sum over processes, the same bits on all */
    cvr_status (*sum)(void *link, cvr_type type, void *x, int64_t count);
    cvr_status (*max)(void *link, double *x, int64_t count);
    /* bytes of process `from' for all */
    cvr_status (*share)(void *link, int from, void *bytes, int64_t size);
    void (*abort)(void *link, int exit_code);
    void (*close)(void *link);
} cvr_comm_ops;

typedef struct cvr_comm_ranks {
    int rank, size, node_size;
} cvr_comm_ranks;

/* A comm that owns link; when this fails the caller still owns it. */
cvr_status cvr_comm_make(const cvr_comm_ops *kind, void *link, cvr_comm_ranks place,
                         cvr_comm **comm) CVR_MUST_CHECK;

cvr_status cvr_comm_open_serial(cvr_comm **comm) CVR_MUST_CHECK;
cvr_status cvr_comm_open_mpi(cvr_comm **comm) CVR_MUST_CHECK;

#endif
