/* What train.c shares with the files that choose a penalty first. */
#ifndef CVR_CLI_TRAINING_H
#define CVR_CLI_TRAINING_H

#include "cli/cli.h"

typedef struct training {
    cli_data data;
    cvr_solver *solver;
    cli_monitor monitor;
    cvr_progress result;
} training;

/* --data, --test, --holdout, prepared. choosing: the test set is the held-out rows. */
cvr_status cli_training_load(const cli_call *call, bool choosing,
                             training *t) CVR_MUST_CHECK;

/* --path: sets --beta-relative or --lambda-relative to the best; adds the seconds and CPU
   seconds that it took to spent. */
cvr_status cli_choose_penalty(cli_call *call, double spent[2]) CVR_MUST_CHECK;

#endif
