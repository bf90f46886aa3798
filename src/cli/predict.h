/* cvxrelu predict: a model applied to rows. */
#ifndef CVR_CLI_PREDICT_H
#define CVR_CLI_PREDICT_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_predict(cli_call *call) CVR_MUST_CHECK;

#endif
