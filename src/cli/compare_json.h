/* A comparison as JSON: its SPECs over the seeds, every run, the machine. */
#ifndef CVR_CLI_COMPARE_JSON_H
#define CVR_CLI_COMPARE_JSON_H

#include <jansson.h>

#include "cli/compare_summary.h"
#include "cli/comparison.h"

/* Everything known of a comparison, and the machine. The caller drops it. */
json_t *cli_comparison_json(const cli_comparison *c, const cli_summary *summaries);
/* Everything known of a run: label, seed, result keys or error. The caller drops it. */
json_t *cli_run_json(const cli_comparison *c, const cli_run *run);

#endif
