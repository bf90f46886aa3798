/* Medians and quartiles of a SPEC's curves over the seeds. */
#ifndef CVR_CLI_COMPARE_CURVES_H
#define CVR_CLI_COMPARE_CURVES_H

#include <cvxrelu/cvxrelu.h>

#include "cli/comparison.h"
#include "cli/text.h"

/* The text of curves/NN-median.csv: iteration, runs, seconds, then for objective, gap and
   scores median, first and third quartile; the caller frees it. */
cvr_status cli_median_curve(const cli_comparison *c, int spec,
                            cli_text *text) CVR_MUST_CHECK;

#endif
