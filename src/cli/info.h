/* cvxrelu info: this program and machine, or a file: model, checkpoint or data. */
#ifndef CVR_CLI_INFO_H
#define CVR_CLI_INFO_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_info(cli_call *call) CVR_MUST_CHECK;

#endif
