/* cvxrelu cv METHOD: cross-validation. */
#ifndef CVR_CLI_CV_H
#define CVR_CLI_CV_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_cv(cli_call *call) CVR_MUST_CHECK;

#endif
