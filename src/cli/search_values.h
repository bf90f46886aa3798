/* Which values a search tries: a path of penalties, or those that the user lists. */
#ifndef CVR_CLI_SEARCH_VALUES_H
#define CVR_CLI_SEARCH_VALUES_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/search.h"

/* N penalties, from the one above which all weights are zero (1) down to 0.001 of it.
   CVR_USAGE when the method has none that --path can choose. */
cvr_status cli_search_path(const cli_call *call, int count, cli_search *s) CVR_MUST_CHECK;
/* "0.1,0.01", or "100,50;20" for values with commas. */
cvr_status cli_search_values(const cli_call *call, const char *option, const char *values,
                             cli_search *s) CVR_MUST_CHECK;

#endif
