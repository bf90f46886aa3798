/* What a comparison shows in a browser, and by gnuplot. */
#ifndef CVR_CLI_COMPARE_REPORT_H
#define CVR_CLI_COMPARE_REPORT_H

#include <cvxrelu/cvxrelu.h>

#include "cli/compare_summary.h"
#include "cli/comparison.h"

/* report.html and plot.gp */
cvr_status cli_save_report(const cli_comparison *c,
                           const cli_summary *summaries) CVR_MUST_CHECK;

#endif
