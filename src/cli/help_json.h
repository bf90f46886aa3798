/* `help --json`: commands, methods, options and exit codes, for programs. */
#ifndef CVR_CLI_HELP_JSON_H
#define CVR_CLI_HELP_JSON_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* Everything there is to help with, for programs: as one object on stdout. */
cvr_status cli_print_help_json(const cli_command *commands) CVR_MUST_CHECK;

#endif
