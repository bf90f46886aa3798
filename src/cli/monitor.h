/* What is shown and logged of a run. */
#ifndef CVR_CLI_MONITOR_H
#define CVR_CLI_MONITOR_H

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"
#include "cli/log_file.h"

typedef struct cli_monitor {
    const cli_call *call;
    cvr_task task;
    json_t *options; /* goes into every line of the log; may be NULL */
    cli_log log;     /* of process 0 */
    double limit;
    int64_t max_iterations;
    cvr_callback also; /* called too; or NULL */
    void *user;
} cli_monitor;

/* log_path NULL: no log; from: as cli_log_open has it. */
cvr_status cli_monitor_open(const cli_call *call, const cvr_settings *settings,
                            cvr_task task, const char *log_path, int64_t from,
                            cli_monitor *m) CVR_MUST_CHECK;
/* From now on the lines of the log carry these options. */
cvr_status cli_monitor_set_options(cli_monitor *m,
                                   const cvr_settings *settings) CVR_MUST_CHECK;
/* A line of the log, where there is one. */
void cli_monitor_write(cli_monitor *m, const json_t *line);
int cli_monitor_on_progress(const cvr_progress *p, void *monitor); /* a cvr_callback */
/* Clears the line, checks that the log is whole. */
cvr_status cli_monitor_close(cli_monitor *m) CVR_MUST_CHECK;

#endif
