/* Processes and threads: MPI only under a launcher, cores shared fairly on a node. */
#ifndef CVR_CLI_PROCESSES_H
#define CVR_CLI_PROCESSES_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_open_processes(cli_call *call) CVR_MUST_CHECK;
/* --threads, else those of OpenBLAS's environment variables, else a fair share of the
   cores. */
cvr_status cli_choose_threads(cli_call *call) CVR_MUST_CHECK;
/* Gives them to BLAS, or by the option threads to a method that has its own; *threads
   becomes their number. method may be NULL. */
cvr_status cli_use_threads(const char *method, cvr_settings *settings,
                           int *threads) CVR_MUST_CHECK;

#endif
