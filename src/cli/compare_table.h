/* A comparison on standard output as a table of medians. */
#ifndef CVR_CLI_COMPARE_TABLE_H
#define CVR_CLI_COMPARE_TABLE_H

#include "cli/compare_summary.h"
#include "cli/comparison.h"

/* The table on stdout, with the names of the folder and the model. */
void cli_print_comparison(const cli_comparison *c, const cli_summary *summaries);

#endif
