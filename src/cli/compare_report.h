/* The pieces of report.html. */
#ifndef CVR_CLI_COMPARE_REPORT_H
#define CVR_CLI_COMPARE_REPORT_H

#include "cli/compare.h"

typedef struct cli_report {
    const cli_comparison *c;
    const cli_row *rows;
    bool drawn; /* gnuplot has drawn all figures */
    FILE *to;
} cli_report;

/* ---- compare_report_tables.c ------------------------------------------------------- */

/* The row with the best median of a metric; NULL: none has one that is finite. */
const cli_row *cli_report_best(const cli_report *r, cli_metric m, bool most);
void cli_report_table(const cli_report *r);  /* a row a SPEC */
void cli_report_note(const cli_report *r);   /* what its figures are */
void cli_report_runs(const cli_report *r);   /* a row a run */
void cli_report_phases(const cli_report *r); /* seconds in each phase */

#endif
