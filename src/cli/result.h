/* Results: a measurement as a JSON object, and a JSON object as a table. */
#ifndef CVR_CLI_RESULT_H
#define CVR_CLI_RESULT_H

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* The result keys of a measurement; options may be NULL. The caller drops
   the reference. */
json_t *cli_result(const cvr_progress *p, json_t *options);
/* A number, or null where it is NaN or infinite. */
json_t *cli_real(double x);
/* CVR_NUMERICAL, with its note, when a run has diverged. */
cvr_status cli_check_diverged(const cvr_progress *p) CVR_MUST_CHECK;
/* A run of call->method that has no figures; data may be NULL. */
void cli_blank(const cli_call *call, const cvr_dataset *data, cvr_progress *p);
/* A result on stdout of process 0: a table, or one JSON object with --json. Takes it. */
cvr_status cli_print(const cli_call *call, json_t *result) CVR_MUST_CHECK;
/* The result of a run: as a table only what most want to see, unless -v asks for all. */
cvr_status cli_print_run(const cli_call *call, json_t *result) CVR_MUST_CHECK;
/* "12.3 GB" */
const char *cli_bytes(int64_t bytes, char *text, size_t size);

#endif
