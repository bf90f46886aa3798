/* Layers over processes: CPU seconds of a process outside messages, and the bytes that it
   sends, an iteration.
       mpirun -n P bench_grid METHOD GRID [ROWS [UNITS [HIDDEN [PRECISION]]]]
   Generated digits; hidden layers of equal units. A line a process, from the difference
   of runs of 4 and of 2 iterations, and one of the slowest. Waiting counts for nothing,
   so that more processes than cores can be measured: calls of MPI are passed on through
   here and the CPU clock stands still in them. */
#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cvxrelu/cvxrelu.h>

static double inside; /* CPU seconds in messages */

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#define PASS(call)                                                                       \
    double begun = cpu();                                                                \
    int code = P##call;                                                                  \
    inside += cpu() - begun;                                                             \
    return code

int MPI_Allreduce(const void *send, void *receive, int count, MPI_Datatype type,
                  MPI_Op op, MPI_Comm comm)
{
    PASS(MPI_Allreduce(send, receive, count, type, op, comm));
}

int MPI_Bcast(void *buffer, int count, MPI_Datatype type, int root, MPI_Comm comm)
{
    PASS(MPI_Bcast(buffer, count, type, root, comm));
}

int MPI_Sendrecv(const void *send, int count, MPI_Datatype type, int to, int tag,
                 void *receive, int room, MPI_Datatype received, int from, int other,
                 MPI_Comm comm, MPI_Status *status)
{
    PASS(MPI_Sendrecv(send, count, type, to, tag, receive, room, received, from, other,
                      comm, status));
}

static void check(cvr_status status)
{
    if (status == CVR_OK)
        return;
    fprintf(stderr, "bench_grid: error: %s\n", cvr_last_error());
    MPI_Abort(MPI_COMM_WORLD, 1);
}

typedef struct spent {
    double cpu, bytes;
} spent;

static spent run(const char *method, const char *const *options, const cvr_dataset *data,
                 cvr_comm *comm, const char *iterations)
{
    cvr_settings *s = NULL;
    cvr_solver *solver = NULL;
    cvr_progress p;
    check(cvr_settings_new(method, &s));
    for (; options[0]; options += 2)
        check(cvr_settings_set(s, options[0], options[1]));
    check(cvr_settings_set(s, "max-iterations", iterations));
    check(cvr_settings_set(s, "measure-every", "1000000"));
    check(cvr_solver_new(data, NULL, comm, s, &solver));
    double begun = cpu() - inside, bytes = (double)cvr_comm_traffic(comm).bytes;
    check(cvr_solver_run(solver, NULL, NULL, &p));
    spent used = {cpu() - inside - begun, (double)cvr_comm_traffic(comm).bytes - bytes};
    cvr_solver_free(solver);
    cvr_settings_free(s);
    return used;
}

static void layers(char *text, size_t size, int units, int hidden)
{
    int used = 0;
    for (int l = 0; l < hidden && (size_t)used < size; l++)
        used += snprintf(text + used, size - (size_t)used, "%s%d", l ? "," : "", units);
}

static void report(cvr_comm *comm, spent a, spent b)
{
    double own[] = {(b.cpu - a.cpu) / 2, (b.bytes - a.bytes) / 2}, most[2], sum = own[1];
    memcpy(most, own, sizeof most);
    printf("process %d: %.3f CPU s outside messages, %.0f bytes sent, an iteration\n",
           cvr_comm_rank(comm), own[0], own[1]);
    fflush(stdout);
    check(cvr_allreduce_max(comm, most, 2));
    check(cvr_allreduce_sum(comm, &sum, 1));
    if (cvr_comm_rank(comm) == 0)
        printf("slowest: %.3f CPU s; all together %.0f bytes\n", most[0], sum);
}

int main(int argc, char **argv)
{
    int units = argc > 4 ? atoi(argv[4]) : 500, hidden = argc > 5 ? atoi(argv[5]) : 8;
    char text[1000] = "none";
    const char *precision = argc > 6 ? argv[6] : "double";
    cvr_generate what = {.kind = "glyphs",
                         .rows = argc > 3 ? atoll(argv[3]) : 10000,
                         .classes = 10,
                         .seed = 1,
                         .type = strcmp(precision, "single") ? CVR_DOUBLE : CVR_SINGLE};
    cvr_comm *comm = NULL;
    cvr_dataset *data = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: bench_grid METHOD GRID [ROWS [UNITS [HIDDEN]]]\n");
        return 2;
    }
    layers(text, sizeof text, units, hidden);
    bool grid = strcmp(argv[2], "none") != 0;
    const char *const options[] = {"layers", text, grid ? "grid" : NULL,
                                   grid ? argv[2] : NULL, NULL};
    check(cvr_comm_open("mpi", &comm));
    check(cvr_dataset_generate(&what, comm, &data));
    check(cvr_dataset_fit_transform(data, CVR_NORMALIZE_GLOBAL, CVR_BIAS_FREE, comm));
    spent two = run(argv[1], options, data, comm, "2");
    report(comm, two, run(argv[1], options, data, comm, "4"));
    cvr_dataset_free(data);
    cvr_comm_free(comm);
    return 0;
}
