/* Values of an option on held-out rows, folds or one set of them. */
#ifndef CVR_CLI_SEARCH_H
#define CVR_CLI_SEARCH_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/training.h"

typedef struct cli_search {
    const char *option;
    char **values; /* as a user would write them, the simplest (largest penalty) first */
    int count;
    bool warm; /* a penalty: from each value's solution on to the next one's */
    int folds; /* 1: one set of held-out rows, `held` of them (cvr_dataset_split) */
    double held;
    bool left_out; /* folds are 1: all rows train, leave-one-out errors are the scores */
    bool
        one_se; /* the first value within one standard error of the best, else the best */
    bool timed_out; /* the time that the search may take is over */
    /* Results. A score is an accuracy or -rmse, so higher is better; NaN: diverged. */
    double *score;        /* [value * folds + fold] */
    double *mean, *error; /* over the folds; error: standard error of the mean */
    int best, chosen;     /* values */
} cli_search;

/* Runs every value on every fold of the raw rows t->data.train, sets the option to the
   one that is chosen, and puts the search into t->choice. Seconds are added to
   t->spent. When it is asked to end (s->timed_out) the runs so far choose, or the
   default is set. */
cvr_status cli_search_run(cli_call *call, cli_search *s, cli_training *t) CVR_MUST_CHECK;

/* A line a value on stdout of process 0. */
void cli_search_print(const cli_call *call, const cli_search *s, cvr_task task);
void cli_search_free(cli_search *s);

#endif
