/* Messages on stderr. */
#ifndef CVR_CLI_MESSAGE_H
#define CVR_CLI_MESSAGE_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* The message and the hint of the last failure, on stderr. */
void cli_print_error(void);
/* Puts a place before the message of the last failure; its hint stays. */
void cli_prefix_error(cvr_status status, const char *format, ...) CVR_PRINTF(2, 3);
/* A line on stderr, unless --quiet or not process 0. */
void cli_message(const cli_call *call, const char *format, ...) CVR_PRINTF(2, 3);
/* Sends the library's notes to stderr: with -v the details too. */
void cli_forward_log(const cli_call *call);

#endif
