/* Processes of MPI (3.1): the only file that includes mpi.h.

   MPI_Allreduce on one communicator gives every process the same bits: its algorithms add
   in an order that depends on ranks and sizes alone. The communicator is a copy of the
   caller's, so that messages never mix and errors come back as codes. */
#include <mpi.h>

#include <limits.h>

#include "base/bytes.h"
#include "parallel/comm.h"
#include "parallel/comm_mpi.h"

typedef struct world {
    MPI_Comm comm;
    bool ends_mpi;
} world;

static cvr_status check(int code, const char *call)
{
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    if (code == MPI_SUCCESS)
        return CVR_OK;
    MPI_Error_string(code, text, &length);
    return cvr_fail(CVR_PARALLEL, "%s: %s", call, text);
}

/* MPI counts in int. */
static int piece(int64_t left)
{
    return left < INT_MAX / 2 ? (int)left : INT_MAX / 2;
}

static cvr_status reduce(world *w, MPI_Datatype type, size_t size, MPI_Op op, char *x,
                         int64_t count)
{
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < count; i += piece(count - i))
        CVR_TRY(check(MPI_Allreduce(MPI_IN_PLACE, x + (size_t)i * size, piece(count - i),
                                    type, op, w->comm),
                      "MPI_Allreduce"));
done:
    return status;
}

static cvr_status sum(void *w, cvr_type type, void *x, int64_t count)
{
    return type == CVR_DOUBLE ? reduce(w, MPI_DOUBLE, sizeof(double), MPI_SUM, x, count)
                              : reduce(w, MPI_FLOAT, sizeof(float), MPI_SUM, x, count);
}

static cvr_status max(void *w, double *x, int64_t count)
{
    return reduce(w, MPI_DOUBLE, sizeof(double), MPI_MAX, (char *)x, count);
}

static cvr_status broadcast(void *w, int root, void *bytes, int64_t size)
{
    char *b = bytes;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < size; i += piece(size - i))
        CVR_TRY(
            check(MPI_Bcast(b + i, piece(size - i), MPI_BYTE, root, ((world *)w)->comm),
                  "MPI_Bcast"));
done:
    return status;
}

/* comm.c keeps messages small, and asks only for those that have a neighbour. */
static cvr_status shift(void *w, int by, const void *send, int64_t size, void *receive,
                        int64_t room)
{
    enum { TAG = 1 };
    MPI_Comm comm = ((world *)w)->comm;
    int rank = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank"));
    int to = size > 0 ? rank + by : MPI_PROC_NULL;
    int from = room > 0 ? rank - by : MPI_PROC_NULL;
    CVR_TRY(check(MPI_Sendrecv(send, (int)size, MPI_BYTE, to, TAG, receive, (int)room,
                               MPI_BYTE, from, TAG, comm, MPI_STATUS_IGNORE),
                  "MPI_Sendrecv"));
done:
    return status;
}

/* MPI may have been ended by its owner before. */
static void close_world(void *p)
{
    world *w = p;
    int ended = 0;
    if (!w)
        return;
    MPI_Finalized(&ended);
    if (!ended && w->comm != MPI_COMM_NULL)
        MPI_Comm_free(&w->comm);
    if (!ended && w->ends_mpi)
        MPI_Finalize();
    cvr_release(w);
}

/* Processes that share this machine's memory. */
static cvr_status count_neighbours(MPI_Comm comm, int *count)
{
    MPI_Comm node = MPI_COMM_NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(
        check(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node),
              "MPI_Comm_split_type"));
    CVR_TRY(check(MPI_Comm_size(node, count), "MPI_Comm_size"));
done:
    if (node != MPI_COMM_NULL)
        MPI_Comm_free(&node);
    return status;
}

static cvr_status new_world(world **w)
{
    cvr_status status = cvr_alloc(1, sizeof **w, "a communicator", (void **)w);
    if (status == CVR_OK)
        (*w)->comm = MPI_COMM_NULL;
    return status;
}

static cvr_status prepare(void **part)
{
    return new_world((world **)part);
}

static cvr_status split(void *whole, int colour, void *part)
{
    MPI_Comm comm = ((world *)whole)->comm;
    int rank = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank"));
    CVR_TRY(check(MPI_Comm_split(comm, colour, rank, &((world *)part)->comm),
                  "MPI_Comm_split"));
done:
    return status;
}

/* The comm owns w, but not when this fails. */
static cvr_status connect_to(MPI_Comm parent, world *w, cvr_comm **comm)
{
    static const cvr_comm_ops mpi = {.sum = sum,
                                     .max = max,
                                     .broadcast = broadcast,
                                     .shift = shift,
                                     .prepare = prepare,
                                     .split = split,
                                     .close = close_world};
    cvr_comm_ranks ranks = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(check(MPI_Comm_dup(parent, &w->comm), "MPI_Comm_dup"));
    CVR_TRY(check(MPI_Comm_set_errhandler(w->comm, MPI_ERRORS_RETURN),
                  "MPI_Comm_set_errhandler"));
    CVR_TRY(check(MPI_Comm_rank(w->comm, &ranks.rank), "MPI_Comm_rank"));
    CVR_TRY(check(MPI_Comm_size(w->comm, &ranks.size), "MPI_Comm_size"));
    CVR_TRY(count_neighbours(w->comm, &ranks.node_size));
    CVR_TRY(cvr_comm_make(&mpi, w, ranks, comm));
done:
    return status;
}

cvr_status cvr_comm_open_mpi(cvr_comm **comm)
{
    int running = 0, ended = 0, threads = 0;
    world *w = NULL;
    cvr_status status = CVR_OK;
    *comm = NULL;
    MPI_Finalized(&ended);
    if (ended)
        CVR_FAIL(CVR_PARALLEL, "MPI has been ended and cannot be started again");
    CVR_TRY(new_world(&w));
    MPI_Initialized(&running);
    if (!running)
        CVR_TRY(check(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads),
                      "MPI_Init_thread"));
    w->ends_mpi = !running;
    CVR_TRY(connect_to(MPI_COMM_WORLD, w, comm));
    w = NULL;
done:
    close_world(w);
    return status;
}

cvr_status cvr_comm_wrap_mpi(const void *mpi_comm, cvr_comm **comm)
{
    int running = 0, ended = 0;
    world *w = NULL;
    cvr_status status = CVR_OK;
    *comm = NULL;
    MPI_Initialized(&running);
    MPI_Finalized(&ended);
    if (!running || ended)
        CVR_FAIL(CVR_PARALLEL, "a communicator of an MPI that is not running");
    CVR_TRY(new_world(&w));
    CVR_TRY(connect_to(*(const MPI_Comm *)mpi_comm, w, comm));
    w = NULL;
done:
    close_world(w);
    return status;
}
