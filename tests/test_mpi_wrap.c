/* A program that has its own MPI gives the library one of its communicators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <mpi.h>

#include <cvxrelu/comm.h>

/* Even and odd processes are two groups that know nothing of each other. */
static void a_group_sums_over_itself_only(void **state)
{
    int rank = 0, size = 0, ended = 1;
    MPI_Comm group = MPI_COMM_NULL;
    cvr_comm *comm = NULL;
    (void)state;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &group);
    assert_int_equal(cvr_comm_wrap_mpi(&group, &comm), CVR_OK);
    double members = rank % 2 ? size / 2 : (size + 1) / 2, x = 1;
    assert_int_equal(cvr_comm_rank(comm), rank / 2);
    assert_int_equal(cvr_comm_size(comm), (int)members);
    assert_int_equal(cvr_allreduce_sum(comm, &x, 1), CVR_OK);
    assert_true(x == members);
    cvr_comm_free(comm);
    MPI_Comm_size(group, &size);
    assert_int_equal(size, (int)members);
    MPI_Comm_free(&group);
    MPI_Finalized(&ended);
    assert_false(ended);
}

static void an_opened_communicator_leaves_mpi_running(void **state)
{
    cvr_comm *comm = NULL;
    int ended = 1;
    (void)state;
    assert_int_equal(cvr_comm_open("mpi", &comm), CVR_OK);
    cvr_comm_free(comm);
    MPI_Finalized(&ended);
    assert_false(ended);
}

static void mpi_that_has_ended_is_refused(void **state)
{
    cvr_comm *comm = NULL;
    MPI_Comm world = MPI_COMM_WORLD;
    (void)state;
    MPI_Finalize();
    assert_int_equal(cvr_comm_open("mpi", &comm), CVR_PARALLEL);
    assert_int_equal(cvr_comm_wrap_mpi(&world, &comm), CVR_PARALLEL);
    assert_null(comm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_sums_over_itself_only),
        cmocka_unit_test(an_opened_communicator_leaves_mpi_running),
        cmocka_unit_test(mpi_that_has_ended_is_refused),
    };
    MPI_Init(&argc, &argv);
    return cmocka_run_group_tests_name("wrapped communicators", tests, NULL, NULL);
}
