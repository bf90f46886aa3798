/* What the files of `compare` share: SPECs, runs, and a comparison of all of them. */
#ifndef CVR_CLI_COMPARE_H
#define CVR_CLI_COMPARE_H

#include "cli/cli.h"
#include "cli/text.h"

/* method[:option=value,...] */
typedef struct cli_spec {
    char *text, *label, *method;
    cvr_settings *settings; /* of the method; what is given outside is among them */
} cli_spec;

/* The figures of a measurement; the first are the columns of a curve. */
typedef enum cli_column {
    CLI_ITERATION,
    CLI_SECONDS,
    CLI_OBJECTIVE,
    CLI_LOSS,
    CLI_UPPER,
    CLI_LOWER,
    CLI_GAP,
    CLI_TRAIN, /* accuracy; r2 of a regression */
    CLI_TEST,
    CLI_PRIMAL,
    CLI_DUAL,
    CLI_COLUMNS
} cli_column;

typedef struct cli_point {
    double x[CLI_COLUMNS]; /* NaN: no such figure */
} cli_point;

typedef struct cli_run {
    int spec; /* index */
    int64_t seed;
    cvr_status status; /* how it failed; CVR_OK: it did not */
    char *error;       /* the sentence then */
    bool measured;     /* result holds a measurement */
    cvr_progress result;
    json_t *options;
    cli_point *points; /* every measurement: count of them */
    int count, room;
    int goal; /* the first point that reaches the goal; -1: none */
} cli_run;

typedef struct cli_comparison {
    cli_call *call;
    cli_spec *specs;
    int spec_count;
    cli_run *runs; /* in their order: seed after seed, SPEC after SPEC */
    int run_count;
    int64_t first_seed;
    int seeds;
    double goal; /* accuracy or r2 to time; NaN: none */
    bool goal_on_test;
    const char *folder; /* NULL: no files */
    const char *model;  /* file for the model of SPEC number `keep`, or NULL */
    int keep;
    bool kept;       /* it is there */
    cli_data data;   /* of the last run */
    cli_split split; /* that they were loaded by */
    cvr_task task;
    char facts[400]; /* a sentence about the data */
    bool trains;     /* a `cvxrelu train` is the same as a run */
    bool stopped;    /* by a signal */
} cli_comparison;

/* ---- compare.c --------------------------------------------------------------------- */

/* Runs all SPECs at all seeds, prints the table, leaves the files. Sets exit_code. */
cvr_status cli_compare_all(cli_comparison *c) CVR_MUST_CHECK;
void cli_comparison_free(cli_comparison *c);

/* ---- compare_spec.c ---------------------------------------------------------------- */

/* The SPEC in text, with what call has been given for the options of its method. */
cvr_status cli_spec_read(const cli_call *call, const char *text,
                         cli_spec *spec) CVR_MUST_CHECK;
/* Whether an option outside is meant for the SPECs: methods have it, the command not. */
bool cli_of_methods(const cli_call *call, const char *name);
/* CVR_USAGE: an option given outside that no SPEC has, or two SPECs of one name. */
cvr_status cli_specs_check(const cli_call *call, const cli_spec *specs,
                           int count) CVR_MUST_CHECK;
void cli_spec_free(cli_spec *spec);
/* The `cvxrelu train ...` that is the same run. */
void cli_spec_command(const cli_comparison *c, const cli_spec *spec, int64_t seed,
                      FILE *to);

/* ---- compare_run.c ----------------------------------------------------------------- */

extern const char *const cli_column_names[2][CLI_COLUMNS]; /* classify, regress */

/* Runs a SPEC at a seed on the data at hand. A run that fails is no error: it says so. */
cvr_status cli_run_spec(cli_comparison *c, int spec, int64_t seed,
                        cli_run *run) CVR_MUST_CHECK;
void cli_run_free(cli_run *run);

/* ---- compare_row.c: figures of a SPEC over the seeds ------------------------------- */

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

enum { CLI_PARTS = CVR_PHASES + 1 }; /* the last: what is in no phase */
const char *cli_part_name(int part);

typedef struct cli_row {
    const cli_spec *spec;
    int runs, failed, reached;
    cli_quartiles metric[CLI_METRICS]; /* over the runs that did not fail */
    double parts[CLI_PARTS];           /* medians, seconds */
    char outcome[120];                 /* "converged", "2 converged, 1 diverged" */
    const char *error;                 /* of the first that failed, or NULL */
} cli_row;

/* c->spec_count of them, in the order of the SPECs; the caller frees them. */
cvr_status cli_rows_of(const cli_comparison *c, cli_row **rows) CVR_MUST_CHECK;
/* Where a run that has not failed has ended; NaN: no such figure. */
double cli_metric_of(const cli_comparison *c, const cli_run *r, cli_metric m);
/* "test_accuracy"; "test"; "0.9712". */
const char *cli_metric_key(const cli_comparison *c, cli_metric m);
const char *cli_metric_title(const cli_comparison *c, cli_metric m);
const char *cli_metric_text(cli_metric m, double x, char *text, size_t size);
/* Whether any row has a figure for it. */
bool cli_metric_there(const cli_comparison *c, const cli_row *rows, cli_metric m);

/* ---- compare_table.c --------------------------------------------------------------- */

/* The table, or with --json one object, on stdout of process 0. */
cvr_status cli_print_rows(const cli_comparison *c, const cli_row *rows) CVR_MUST_CHECK;
/* All that there is to know, and the machine. The caller drops it. */
json_t *cli_comparison_json(const cli_comparison *c, const cli_row *rows);
/* What is known of a run: label, seed, result keys or error. The caller drops it. */
json_t *cli_run_json(const cli_comparison *c, const cli_run *run);

/* ---- compare_files.c --------------------------------------------------------------- */

/* Makes the folder. CVR_USAGE when it holds anything, unless `over`. */
cvr_status cli_folder_make(const char *folder, bool over) CVR_MUST_CHECK;
/* Once there is something to keep: the files of an earlier comparison go. */
cvr_status cli_folder_clear(const char *folder) CVR_MUST_CHECK;
/* results.csv, results.jsonl, and the curve of the last run. */
cvr_status cli_save_runs(const cli_comparison *c) CVR_MUST_CHECK;
/* "curves/01-seed-1.csv", "curves/01-median.csv": names in the folder. */
char *cli_curve_name(int spec, int64_t seed, char name[64]);
char *cli_median_name(int spec, char name[64]);
/* The text of curves/NN-median.csv: iteration, runs, seconds, then for objective, gap and
   scores median, first and third quartile; the caller frees it. */
cvr_status cli_median_curve(const cli_comparison *c, int spec,
                            cli_text *text) CVR_MUST_CHECK;
/* Medians and quartiles of each SPEC over the seeds, phases.csv. */
cvr_status cli_save_medians(const cli_comparison *c, const cli_row *rows) CVR_MUST_CHECK;

/* ---- compare_report.c -------------------------------------------------------------- */

/* report.html and plot.gp */
cvr_status cli_save_report(const cli_comparison *c, const cli_row *rows) CVR_MUST_CHECK;

#endif
