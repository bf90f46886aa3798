/* cvxrelu gen and convert: data files. */
#ifndef CVR_CLI_GEN_H
#define CVR_CLI_GEN_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_gen(cli_call *call) CVR_MUST_CHECK;
cvr_status cli_convert(cli_call *call) CVR_MUST_CHECK;

#endif
