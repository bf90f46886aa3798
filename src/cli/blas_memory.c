/* The buffers of OpenBLAS: each thread takes one when it first has something to do (one
   of OpenBLAS's own, when it is made) and keeps it, and one that cannot be had is asked
   for again and again, for ever. So the memory is tried first; where it does not suffice,
   as under a limit on address space, there are fewer threads, or none and an error. */
#define _GNU_SOURCE
#include "cli/blas_memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cblas.h>

/* For the process that takes this one's place. */
#define ANEW "CVXRELU_FEWER_THREADS"

/* OpenBLAS 0.3: 128 MiB; and a thread's stack. */
enum { MIB = 1 << 20, BUFFER = 128, STACK = 8, MOST = 256 };

static bool threads_hang; /* some of OpenBLAS's threads may never come to an end */
static int pool, callers; /* OpenBLAS's own threads, the first among them; others that
                             have called it at once: all of these have buffers */

/* ---- trying ------------------------------------------------------------------------ */

/* How many of `wanted` buffers can be had at once. */
static int try_buffers(int wanted)
{
    static void *had[MOST];
    size_t size = (size_t)(BUFFER + STACK) * MIB;
    int count = 0;
    wanted = wanted < MOST ? wanted : MOST;
    while (count < wanted) {
        had[count] =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (had[count] == MAP_FAILED)
            break;
        count++;
    }
    for (int i = 0; i < count; i++)
        munmap(had[i], size);
    return count;
}

static bool limited(void)
{
    struct rlimit space, data;
    return (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) ||
           (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY);
}

static cvr_status no_room(int threads)
{
    cvr_fail(
        CVR_NO_MEMORY,
        "not enough memory for the buffers of OpenBLAS: %d MiB for each of %d thread%s",
        BUFFER, threads, threads == 1 ? "" : "s");
    cvr_hint("a larger limit on address space (ulimit -v)%s",
             threads > 1 ? ", or fewer --threads" : "");
    return CVR_NO_MEMORY;
}

/* ---- taking ------------------------------------------------------------------------ */

/* A product that is large enough for buffers, and for all of OpenBLAS's threads to have
   their part. No malloc: a thread's first one would take room of its own. */
static void multiply(void)
{
    enum { SIDE = 128 };
    static const double zeroes[SIDE * SIDE];
    double C[SIDE * SIDE];
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, SIDE, SIDE, SIDE, 1, zeroes,
                SIDE, zeroes, SIDE, 0, C, SIDE);
}

static void *call_at_once(void *barrier)
{
    enum { TIMES = 20 };
    pthread_barrier_wait(barrier);
    for (int i = 0; i < TIMES; i++)
        multiply();
    return NULL;
}

/* So many threads call OpenBLAS at the same time, once they are all there. */
static void call_together(int threads)
{
    pthread_t others[MOST];
    pthread_barrier_t barrier;
    int begun = 0, wanted = threads < MOST ? threads : MOST;
    if (pthread_barrier_init(&barrier, NULL, (unsigned)wanted) != 0)
        return;
    while (begun < wanted - 1 &&
           pthread_create(&others[begun], NULL, call_at_once, &barrier) == 0)
        begun++;
    if (begun == wanted - 1)
        call_at_once(&barrier);
    for (int i = 0; i < begun; i++) {
        if (begun < wanted - 1)
            pthread_cancel(others[i]); /* no thread is left for the barrier */
        pthread_join(others[i], NULL);
    }
    pthread_barrier_destroy(&barrier);
}

/* Under a limit buffers are taken before data take their place. */
static void take_for_callers(int threads)
{
    enum { ROUNDS = 10 };
    double all = 1.0 * MIB * BUFFER * (threads - callers);
    double before = (double)cvr_machine_allowance().memory;
    openblas_set_num_threads(1);
    for (int i = 0; i < ROUNDS; i++) {
        call_together(threads);
        if (before - (double)cvr_machine_allowance().memory > all / 2 + all / 3)
            return;
    }
}

/* ---- the command's ----------------------------------------------------------------- */

/* The threads that OpenBLAS has made when it was loaded may be waiting already: with
   nothing begun, a second start is the same as the first. Half of the room is left for
   data. */
void cli_limit_blas_threads(char **arguments)
{
    char number[16];
    int threads = openblas_get_num_threads(), fit;
    bool again = getenv(ANEW) != NULL;
    unsetenv(ANEW);
    if (threads == 1 || again || (fit = try_buffers(threads)) >= threads)
        return;
    snprintf(number, sizeof number, "%d", fit > 2 ? fit / 2 : 1);
    if (setenv("OPENBLAS_NUM_THREADS", number, 1) == 0 && setenv(ANEW, "1", 1) == 0)
        execv("/proc/self/exe", arguments);
    threads_hang = true;
}

cvr_status cli_allocate_buffers(void)
{
    pool = openblas_get_num_threads();
    callers = 1;
    if (threads_hang || try_buffers(1) == 0)
        return no_room(1);
    if (limited())
        multiply();
    return CVR_OK;
}

/* OpenBLAS is built for a maximal number of threads at once, whoever's they are. */
static int most_threads(void)
{
    const char *found = strstr(openblas_get_config(), "MAX_THREADS=");
    int most = found ? atoi(strchr(found, '=') + 1) : 0;
    return most > 0 ? most : 64;
}

cvr_status cli_check_buffers(bool own_threads, bool given, int *threads)
{
    int *there = own_threads ? &callers : &pool, most = most_threads(), more, fit;
    *threads = *threads < most ? *threads : most;
    more = *threads - *there;
    if (more <= 0)
        return CVR_OK;
    fit = try_buffers(more);
    if (fit < more && given)
        return no_room(*threads);
    if (fit < more)
        *threads = *there + (own_threads ? fit / 2 : 0);
    if (own_threads && *threads > *there && limited())
        take_for_callers(*threads);
    *there = *threads > *there ? *threads : *there;
    return CVR_OK;
}

void cli_exit_program(int code)
{
    if (!threads_hang)
        return;
    fflush(NULL);
    _exit(code);
}
