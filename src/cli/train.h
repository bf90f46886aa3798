/* cvxrelu train METHOD: data, a solver, the run, the model, the result. */
#ifndef CVR_CLI_TRAIN_H
#define CVR_CLI_TRAIN_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/search.h"

cvr_status cli_train(cli_call *call) CVR_MUST_CHECK;
/* Loads --data and --test, searches (NULL: nothing), trains on all rows of --data, saves
   the model, prints the result. */
cvr_status cli_run_training(cli_call *call, cli_search *search) CVR_MUST_CHECK;

#endif
