/* Arguments and configuration files -> settings and positional arguments. */
#ifndef CVR_CLI_PARSE_H
#define CVR_CLI_PARSE_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* Makes call->settings and call->positional of what follows the command's name. */
cvr_status cli_parse(int argc, char **argv, cli_call *call) CVR_MUST_CHECK;

#endif
