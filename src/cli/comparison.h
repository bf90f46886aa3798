/* SPECs, runs, and a comparison of all of them. */
#ifndef CVR_CLI_COMPARISON_H
#define CVR_CLI_COMPARISON_H

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/load_data.h"

/* method[:option=value,...] */
typedef struct cli_spec {
    char *text, *label, *method;
    cvr_settings *settings; /* of the method; with the options outside */
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
    char *error;       /* the message then */
    bool measured;     /* result holds a measurement */
    cvr_progress result;
    json_t *options;
    cli_point *points; /* every measurement: count of them */
    int count, capacity;
    int goal; /* the first point that reaches the goal; -1: none */
    /* Of its probabilities on the test rows; without rows: there are none. */
    cvr_reliability reliability[CVR_RELIABILITY_BINS];
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
    char data_summary[400]; /* rows, features, classes */
    bool trains;            /* a `cvxrelu train` is the same as a run */
    bool stopped;           /* by a signal */
} cli_comparison;

#endif
