/* cvxrelu prune: fewer weights for a trained network. */
#ifndef CVR_CLI_PRUNE_H
#define CVR_CLI_PRUNE_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_prune(cli_call *call) CVR_MUST_CHECK;

#endif
