/* The runs of a SPEC in one row: median and quartiles over the seeds. */
#ifndef CVR_CLI_COMPARE_SUMMARY_H
#define CVR_CLI_COMPARE_SUMMARY_H

#include <cvxrelu/cvxrelu.h>

#include "cli/comparison.h"

typedef struct cli_quartiles {
    double q1, median, q3; /* NaN: no figures */
} cli_quartiles;

/* Of the n numbers that are not NaN, which it sorts: at (n - 1) p between neighbours. */
cli_quartiles cli_quartiles_of(double *x, int n);

typedef enum cli_metric {
    CLI_M_TEST,
    CLI_M_TRAIN,
    CLI_M_OBJECTIVE,
    CLI_M_GAP,
    CLI_M_SECONDS,
    CLI_M_GOAL, /* seconds until it; infinite where a run does not get there */
    CLI_M_ITERATIONS,
    CLI_M_MEMORY,
    CLI_METRICS
} cli_metric;

enum { CLI_PHASES = CVR_PHASES + 1 }; /* the last: the seconds in no phase */
const char *cli_phase_name(int phase);

typedef struct cli_summary {
    const cli_spec *spec;
    int runs, failed, reached;
    cli_quartiles metric[CLI_METRICS]; /* over the runs that did not fail */
    double phases[CLI_PHASES];         /* medians, seconds */
    char outcome[120];                 /* "converged", "2 converged, 1 diverged" */
    const char *error;                 /* of the first that failed, or NULL */
} cli_summary;

/* c->spec_count of them, in the order of the SPECs; the caller frees them. */
cvr_status cli_summarise(const cli_comparison *c, cli_summary **summaries) CVR_MUST_CHECK;
/* "test_accuracy"; "test"; "0.9712". */
const char *cli_metric_key(const cli_comparison *c, cli_metric m);
const char *cli_metric_title(const cli_comparison *c, cli_metric m);
const char *cli_metric_text(cli_metric m, double x, char *text, size_t size);
/* Whether any summary has a figure for it. */
bool cli_metric_there(const cli_comparison *c, const cli_summary *summaries,
                      cli_metric m);

#endif
