/* Rows on several processes: each has its own, all get the same network.
       mpirun -n 3 mpi */
#include <math.h>
#include <stdio.h>

#include <mpi.h>

#include <cvxrelu/cvxrelu.h>

enum { ROWS = 600 };

/* Row i of all rows is made by process i mod size. */
static int64_t own_rows(int rank, int size, double (*x)[2], double *y)
{
    int64_t n = 0;
    for (int i = rank; i < ROWS; i += size, n++) {
        x[n][0] = sin(i);
        x[n][1] = cos(2 * i);
        y[n] = fabs(x[n][0]) - x[n][1];
    }
    return n;
}

static cvr_status train(cvr_comm *comm, double *r2)
{
    static double x[ROWS][2], y[ROWS];
    int64_t n = own_rows(cvr_comm_rank(comm), cvr_comm_size(comm), x, y);
    cvr_progress result;
    cvr_fit_extras extras = {.comm = comm, .result = &result};
    cvr_model model;
    cvr_status status =
        cvr_fit("convex", (cvr_array){x, CVR_FLOAT64, n, 2, 0, 0},
                (cvr_array){y, CVR_FLOAT64, n, 1, 0, 0}, &extras,
                "patterns=30 formulation=relu beta-relative=0.001", &model);
    *r2 = result.train.r2;
    cvr_model_free(&model);
    return status;
}

int main(int argc, char **argv)
{
    MPI_Comm world = MPI_COMM_WORLD;
    cvr_comm *comm = NULL;
    double r2 = 0;
    MPI_Init(&argc, &argv);
    cvr_status status = cvr_comm_wrap_mpi(&world, &comm);
    if (status == CVR_OK)
        status = train(comm, &r2);
    if (status != CVR_OK)
        fprintf(stderr, "%s\n", cvr_last_error());
    else if (cvr_comm_rank(comm) == 0)
        printf("%d processes, %d rows: r2 %.4f\n", cvr_comm_size(comm), ROWS, r2);
    cvr_comm_free(comm);
    MPI_Finalize();
    return status;
}
