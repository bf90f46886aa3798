#ifndef CVR_CLI_LAUNCHER_H
#define CVR_CLI_LAUNCHER_H

#include <cvxrelu/cvxrelu.h>

/* What the environment tells of a launcher (mpirun, srun). */
bool cli_launched(void);
int cli_launched_rank(void); /* 0 without a launcher */
/* Tasks of srun that know nothing of one another; 0: this is not one of such. */
int cli_separate_tasks(void);
/* Whether this process reports a failure before there is a communicator. */
bool cli_reports_errors(void);

#endif
