/* A communicator by the name of its kind. One process has nothing to do but to end. */
#include <string.h>

#include "parallel/comm.h"
#include "parallel/comm_mpi.h"

static void close_nothing(void *impl)
{
    (void)impl;
}

cvr_status cvr_comm_open(const char *kind, cvr_comm **comm)
{
    static const cvr_comm_ops serial = {.close = close_nothing};
    *comm = NULL;
    if (strcmp(kind, "serial") == 0)
        return cvr_comm_make(&serial, NULL, (cvr_comm_ranks){0, 1, 1}, comm);
    if (strcmp(kind, "mpi") == 0)
        return cvr_comm_open_mpi(comm);
    return cvr_fail(CVR_USAGE, "unknown kind of communicator '%s'", kind);
}
