/* cvxrelu compare: methods and settings side by side. */
#ifndef CVR_CLI_COMPARE_H
#define CVR_CLI_COMPARE_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/comparison.h"

cvr_status cli_compare(cli_call *call) CVR_MUST_CHECK;
/* Runs all SPECs at all seeds, prints the table, leaves the files. Sets exit_code. */
cvr_status cli_compare_all(cli_comparison *c) CVR_MUST_CHECK;
void cli_comparison_free(cli_comparison *c);

#endif
