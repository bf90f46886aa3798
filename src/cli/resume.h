/* --checkpoint and --resume: what a run saves, and what it resumes from. */
#ifndef CVR_CLI_RESUME_H
#define CVR_CLI_RESUME_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/training.h"

/* From --checkpoint and --resume. option: that which the saved run had chosen, set as it
   was chosen then; NULL: none. */
cvr_status cli_resume_plan(const cli_call *call, const char *option,
                           cli_training *t) CVR_MUST_CHECK;
/* Restores the saved state into a new solver, and sets where it saves. */
cvr_status cli_resume_begin(const cli_call *call, cli_training *t) CVR_MUST_CHECK;
void cli_resume_free(cli_resume *r);

#endif
