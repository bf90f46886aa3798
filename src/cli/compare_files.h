/* The files of a comparison. */
#ifndef CVR_CLI_COMPARE_FILES_H
#define CVR_CLI_COMPARE_FILES_H

#include <cvxrelu/cvxrelu.h>

#include "cli/compare_summary.h"
#include "cli/comparison.h"

/* results.csv, results.jsonl, and the curve of the last run. */
cvr_status cli_save_runs(const cli_comparison *c) CVR_MUST_CHECK;
/* curves/NN-median.csv of each SPEC, and phases.csv. */
cvr_status cli_save_medians(const cli_comparison *c,
                            const cli_summary *summaries) CVR_MUST_CHECK;

#endif
