/* What train.c shares with the files that choose an option first. */
#ifndef CVR_CLI_TRAINING_H
#define CVR_CLI_TRAINING_H

#include "cli/cli.h"

typedef struct cli_resume {
    const char *path; /* --checkpoint; NULL: none */
    double every;
    const char *from; /* the checkpoint to go on from; NULL: a fresh start */
    int64_t logged;   /* the log's first iteration that comes again; -1: a fresh start */
    char *remembered; /* what the command itself keeps in checkpoints */
} cli_resume;

typedef struct training {
    cli_resume resume;
    cli_data data;
    cvr_solver *solver;
    cli_monitor monitor;
    cvr_progress result;
    json_t *choice;  /* how an option was chosen; goes into the result; may be NULL */
    double spent[2]; /* seconds and CPU seconds that it took */
    double begun;    /* cli_seconds() when the command began */
    double until;    /* when what is done now has to end: --time-limit */
} training;

typedef struct cli_search cli_search;

/* Loads --data and --test, searches (NULL: nothing), trains on all rows of --data, saves
   the model, prints the result. */
cvr_status cli_training(cli_call *call, cli_search *search) CVR_MUST_CHECK;

/* ---- resume.c ---------------------------------------------------------------------- */

/* From --checkpoint and --resume. Sets the option that the saved run had chosen, and how
   it was chosen. */
cvr_status cli_resume_plan(const cli_call *call, const cli_search *search,
                           training *t) CVR_MUST_CHECK;
/* Puts a new solver to where the saved one stood, and tells it where to save. */
cvr_status cli_resume_begin(const cli_call *call, training *t) CVR_MUST_CHECK;
void cli_resume_free(cli_resume *r);

#endif
