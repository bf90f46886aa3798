/* What the steps of a training share: train.c, and the files that choose an option first
   or take up an earlier run. */
#ifndef CVR_CLI_TRAINING_H
#define CVR_CLI_TRAINING_H

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

#include "cli/load_data.h"
#include "cli/monitor.h"

typedef struct cli_resume {
    const char *path; /* --checkpoint; NULL: none */
    double every;
    const char *from; /* the checkpoint to resume from; NULL: a new run */
    int64_t logged;   /* the log's first iteration that comes again; -1: a new run */
    char *remembered; /* what the command itself keeps in checkpoints */
} cli_resume;

typedef struct cli_training {
    cli_resume resume;
    cli_data data;
    cvr_solver *solver;
    cli_monitor monitor;
    cvr_progress result;
    json_t *choice;    /* how an option was chosen; goes into the result; may be NULL */
    json_t *converted; /* what --convert has changed; likewise */
    double spent[2];   /* seconds and CPU seconds that it took */
    double begun;      /* cli_seconds() when the command began */
    double until;      /* when the present step has to end: --time-limit */
} cli_training;

#endif
