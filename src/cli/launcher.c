/* Launchers of MPI, detected by their environment variables. */
#include "cli/launcher.h"

#include <stdlib.h>
#include <string.h>

bool cli_launched(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK") || getenv("PMI_SIZE");
}

int cli_launched_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
    for (int i = 0; i < 3; i++)
        if (getenv(names[i]))
            return atoi(getenv(names[i]));
    return 0;
}

/* The script of a batch job is not a task of srun, although it has a number of tasks. */
int cli_separate_tasks(void)
{
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS"), *kind = getenv("ENVIRONMENT");
    bool batch = !tasks && kind && strcmp(kind, "BATCH") == 0;
    if (!getenv("SLURM_PROCID") || cli_launched() || batch)
        return 0;
    tasks = tasks ? tasks : getenv("SLURM_NTASKS");
    return tasks ? atoi(tasks) : 0;
}

bool cli_reports_errors(void)
{
    return cli_launched_rank() == 0 &&
           (cli_separate_tasks() < 2 || atoi(getenv("SLURM_PROCID")) == 0);
}
