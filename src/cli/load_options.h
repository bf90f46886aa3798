/* Options about data -> how to load it. */
#ifndef CVR_CLI_LOAD_OPTIONS_H
#define CVR_CLI_LOAD_OPTIONS_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* cvr_load from --data, --target, ... as far as the command has them. */
cvr_status cli_load_options(const cli_call *call, cvr_load *how) CVR_MUST_CHECK;
/* The same for a model: images as its training data were, its type, and its task unless
   the user says otherwise. */
cvr_status cli_model_load_options(const cli_call *call, const cvr_model *m,
                                  cvr_load *how) CVR_MUST_CHECK;
/* The same for the files of --test. */
void cli_test_load_options(const cli_call *call, const cvr_load *train, cvr_load *how);

#endif
