/* Ctrl-C, kill, and the signals of batch systems. */
#ifndef CVR_CLI_SIGNALS_H
#define CVR_CLI_SIGNALS_H

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

void cli_catch_signals(void);  /* INT and TERM; a second one exits at once */
void cli_catch_requests(void); /* USR1, USR2 and XCPU */
/* From here on a signal that ends the command ends it at once: there is nothing to lose.
   The message ("stopped before the rows were read") is printed then, and that nothing is
   written; checkpoint: the file that the run resumes from, or NULL. */
void cli_exit_on_signals(const cli_call *call, const char *checkpoint, const char *format,
                         ...) CVR_PRINTF(3, 4);
/* From here on it only sets flags (cli_signal, the attached solver). */
void cli_flag_signals(void);
/* The exit code, and the name, of a signal that has ended a run. */
int cli_signal_code(int number, bool checkpoint);
const char *cli_signal_name(int number);
/* Signals from here on (and before) are passed to this solver; NULL: to none. */
void cli_attach_solver(cvr_solver *solver);
int cli_signal(void); /* the one that ends the run (INT, TERM, USR2, XCPU); 0: none */
bool cli_save_asked(void); /* USR1, USR2 or XCPU has come */
/* A cvr_question: whether a signal has come, or the clock stands at *until (a double;
   NULL: it never does). */
int cli_question(void *until);

#endif
