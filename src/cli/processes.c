/* Processes and threads: MPI only under a launcher, cores shared fairly on a node. */
#define _GNU_SOURCE
#include "cli/processes.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "cli/blas_memory.h"
#include "cli/launcher.h"
#include "cli/try.h"

cvr_status cli_open_processes(cli_call *call)
{
    bool mpi = call->command->parallel && (cli_launched() || cli_switch(call, "mpi"));
    if (call->command->parallel && !mpi && cli_separate_tasks() > 1) {
        cvr_fail(CVR_PARALLEL,
                 "srun has started %d processes that cannot find each other: each would "
                 "do all the work",
                 cli_separate_tasks());
        cvr_hint("srun --mpi=pmix or mpirun for one run on all of them; srun -n 1, or "
                 "SLURM_PROCID unset, for runs apart");
        return CVR_PARALLEL;
    }
    return cvr_comm_open(mpi ? "mpi" : "serial", &call->comm);
}

/* A core that c processes of a node may use counts 1/c. Nodes are taken to be alike: a
   core of that number is there once on each. Processes of a node share the time that its
   control groups grant. */
static cvr_status fair_share(cvr_comm *comm, int *threads)
{
    double users[CPU_SETSIZE] = {0}, share = 0;
    double nodes = (double)cvr_comm_size(comm) / cvr_comm_node_size(comm);
    cpu_set_t mine;
    cvr_status status = CVR_OK;
    CPU_ZERO(&mine);
    if (sched_getaffinity(0, sizeof mine, &mine) != 0)
        CPU_SET(0, &mine);
    for (int i = 0; i < CPU_SETSIZE; i++)
        users[i] = CPU_ISSET(i, &mine);
    TRY(cvr_allreduce_sum(comm, users, CPU_SETSIZE));
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &mine))
            share += nodes / users[i];
    share = fmin(share, cvr_machine_allowance().processors / cvr_comm_node_size(comm));
    *threads = share < 1 ? 1 : (int)(share + 1e-6);
done:
    return status;
}

cvr_status cli_use_threads(const char *method, cvr_settings *settings, int *threads)
{
    const cvr_method_info *info = method ? cvr_method_find(method) : NULL;
    bool own = info && info->own_threads, given = cvr_settings_given(settings, "threads");
    char text[16];
    cvr_status status = CVR_OK;
    TRY(cli_check_buffers(own, given, threads));
    openblas_set_num_threads(own ? 1 : *threads);
    if (!own) {
        *threads = openblas_get_num_threads(); /* it may have fewer */
        return CVR_OK;
    }
    snprintf(text, sizeof text, "%d", *threads);
    TRY(cvr_settings_set(settings, "threads", text));
done:
    return status;
}

cvr_status cli_choose_threads(cli_call *call)
{
    cvr_status status = CVR_OK;
    bool by_user = getenv("OPENBLAS_NUM_THREADS") || getenv("OMP_NUM_THREADS");
    call->threads = (int)cvr_settings_integer(call->settings, "threads");
    if (call->threads == 0 && by_user)
        call->threads = openblas_get_num_threads();
    if (call->threads == 0)
        TRY(fair_share(call->comm, &call->threads));
    TRY(cvr_allreduce_status(
        call->comm, cli_use_threads(call->method, call->settings, &call->threads)));
done:
    return status;
}
