/* The line of progress on stderr. */
#ifndef CVR_CLI_PROGRESS_LINE_H
#define CVR_CLI_PROGRESS_LINE_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

/* --progress decides whether there is a line at all; seconds count from here. */
void cli_progress_begin(const cli_call *call);
/* What runs from now on. */
void cli_progress_stage(const char *format, ...) CVR_PRINTF(1, 2);
/* Draws it, unless it was drawn just now; end goes behind the seconds. */
void cli_progress_draw(const char *end);
/* Draws it when it has stood for a while; from any thread. */
void cli_progress_tick(void);
/* Before anything else on the terminal. */
void cli_progress_clear(void);

#endif
