/* What a build without MPI says when it is asked for MPI. */
#include "parallel/comm_mpi.h"

static cvr_status absent(cvr_comm **comm)
{
    *comm = NULL;
    cvr_fail(CVR_PARALLEL, "this build has no MPI");
    cvr_hint("build with an MPI library and -DCVR_MPI=ON, or run one process");
    return CVR_PARALLEL;
}

cvr_status cvr_comm_open_mpi(cvr_comm **comm)
{
    return absent(comm);
}

cvr_status cvr_comm_wrap_mpi(const void *mpi_comm, cvr_comm **comm)
{
    (void)mpi_comm;
    return absent(comm);
}
