/* What train.c shares with the files that choose an option first. */
#ifndef CVR_CLI_TRAINING_H
#define CVR_CLI_TRAINING_H

#include "cli/cli.h"

typedef struct training {
    cli_data data;
    cvr_solver *solver;
    cli_monitor monitor;
    cvr_progress result;
    json_t *choice;  /* how an option was chosen; goes into the result; may be NULL */
    double spent[2]; /* seconds and CPU seconds that it took */
} training;

typedef struct cli_search cli_search;

/* Loads --data and --test, searches (NULL: nothing), trains on all rows of --data, saves
   the model, prints the result. */
cvr_status cli_training(cli_call *call, cli_search *search) CVR_MUST_CHECK;

#endif
