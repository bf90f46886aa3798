/* Data from standard input (--data -). */
#ifndef CVR_CLI_STANDARD_INPUT_H
#define CVR_CLI_STANDARD_INPUT_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* Where "-" is named as data: standard input can be read as often as needed from here on.
   CVR_USAGE when it is named twice, or there are several processes. */
cvr_status cli_open_standard_input(const cli_call *call) CVR_MUST_CHECK;

#endif
