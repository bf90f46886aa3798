/* The files that results go to. */
#ifndef CVR_CLI_OUTPUT_PATHS_H
#define CVR_CLI_OUTPUT_PATHS_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* --output, --checkpoint and --log: CVR_IO when a file cannot be made there, CVR_USAGE
   when two options name the same file, or one a file that is read. */
cvr_status cli_check_output_paths(const cli_call *call) CVR_MUST_CHECK;

#endif
