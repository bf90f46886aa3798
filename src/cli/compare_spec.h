/* SPECs: method[:option=value,...]. */
#ifndef CVR_CLI_COMPARE_SPEC_H
#define CVR_CLI_COMPARE_SPEC_H

#include <stdio.h>

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/comparison.h"

/* The SPEC in text, with what call has been given for the options of its method. */
cvr_status cli_spec_read(const cli_call *call, const char *text,
                         cli_spec *spec) CVR_MUST_CHECK;
/* CVR_USAGE: an option given outside that no SPEC has, or two SPECs of one name. */
cvr_status cli_specs_check(const cli_call *call, const cli_spec *specs,
                           int count) CVR_MUST_CHECK;
void cli_spec_free(cli_spec *spec);
/* The `cvxrelu train ...` that is the same run. */
void cli_spec_command(const cli_comparison *c, const cli_spec *spec, int64_t seed,
                      FILE *to);

#endif
