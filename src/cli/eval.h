/* cvxrelu eval: how well a model does on rows whose targets are known. */
#ifndef CVR_CLI_EVAL_H
#define CVR_CLI_EVAL_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_eval(cli_call *call) CVR_MUST_CHECK;

#endif
