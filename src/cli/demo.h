/* cvxrelu demo: several models on the same images. */
#ifndef CVR_CLI_DEMO_H
#define CVR_CLI_DEMO_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_demo(cli_call *call) CVR_MUST_CHECK;

#endif
