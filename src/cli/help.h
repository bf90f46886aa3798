/* cvxrelu help: what it is about, and in which form. */
#ifndef CVR_CLI_HELP_H
#define CVR_CLI_HELP_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_help(cli_call *call) CVR_MUST_CHECK;

#endif
