/* Launchers of MPI, detected by their environment variables. */
#ifndef CVR_CLI_LAUNCHER_H
#define CVR_CLI_LAUNCHER_H

#include <cvxrelu/cvxrelu.h>

/* Whether a launcher (mpirun, srun) is detected, and the rank it gives. */
bool cli_launched(void);
int cli_launched_rank(void); /* 0 without a launcher */
/* Number of tasks of srun that cannot communicate; 0: this is not one of them. */
int cli_separate_tasks(void);
/* Whether this process reports a failure before there is a communicator. */
bool cli_reports_errors(void);

#endif
