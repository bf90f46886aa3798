/* Help pages on a terminal. */
#ifndef CVR_CLI_HELP_PAGE_H
#define CVR_CLI_HELP_PAGE_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

cvr_status cli_print_overview(const cli_call *call) CVR_MUST_CHECK;
/* Of call->command, and call->method if there is one. */
cvr_status cli_print_page(const cli_call *call) CVR_MUST_CHECK;
/* The keys of a result. */
cvr_status cli_print_result_keys(void) CVR_MUST_CHECK;

#endif
