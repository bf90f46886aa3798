/* What an implementation of processes (MPI) fills in; comm.c is the only caller.

   comm.c answers for one process itself, packs matrices with gaps, and counts: an
   implementation sees at least two processes and numbers that lie together. */
#ifndef CVR_PARALLEL_COMM_OPS_H
#define CVR_PARALLEL_COMM_OPS_H

#include <cvxrelu/comm.h>

typedef struct cvr_comm_ops {
    /* x = sum over processes, the same bits on all */
    cvr_status (*sum)(void *impl, cvr_type type, void *x, int64_t count);
    cvr_status (*max)(void *impl, double *x, int64_t count);
    /* bytes of process `root' for all */
    cvr_status (*broadcast)(void *impl, int root, void *bytes, int64_t size);
    /* size bytes to rank + by, and room others from rank - by; 0: no message */
    cvr_status (*shift)(void *impl, int by, const void *send, int64_t size, void *receive,
                        int64_t room);
    /* an impl of nobody, of the same ops; then of the processes with the same colour, in
       the order of their ranks */
    cvr_status (*prepare)(void **part);
    cvr_status (*split)(void *impl, int colour, void *part);
    void (*close)(void *impl);
} cvr_comm_ops;

typedef struct cvr_comm_ranks {
    int rank, size, node_size; /* node_size: processes that share this machine's memory */
} cvr_comm_ranks;

#endif
