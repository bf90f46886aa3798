/* One run of a comparison: a SPEC at a seed, with all its measurements. */
#ifndef CVR_CLI_COMPARE_RUN_H
#define CVR_CLI_COMPARE_RUN_H

#include <cvxrelu/cvxrelu.h>

#include "cli/comparison.h"

extern const char *const cli_column_names[2][CLI_COLUMNS]; /* classify, regress */

/* Runs a SPEC at a seed on the loaded data. A run that fails is not an error: its status
   has the failure. */
cvr_status cli_run_spec(cli_comparison *c, int spec, int64_t seed,
                        cli_run *run) CVR_MUST_CHECK;
void cli_run_free(cli_run *run);

#endif
