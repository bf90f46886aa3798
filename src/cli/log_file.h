/* The file of --log. */
#ifndef CVR_CLI_LOG_FILE_H
#define CVR_CLI_LOG_FILE_H

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

#include "cli/call.h"

typedef struct cli_log {
    const char *path; /* the caller's */
    int file;
    bool open, exclusive; /* exclusive: no other run writes there */
    int failure;          /* errno of the line that could not be written, the last one */
} cli_log;

/* A new file; or (from >= 0) one that is continued after its lines of earlier iterations.
   One that another run writes to is left as it is, with a note. */
cvr_status cli_log_open(const cli_call *call, const char *path, int64_t from,
                        cli_log *log) CVR_MUST_CHECK;
/* A line, where there is a log; false: the first that could not be written. */
bool cli_log_write(cli_log *log, const json_t *line);
/* CVR_IO when a line could not be written. Takes {0}. */
cvr_status cli_log_close(cli_log *log) CVR_MUST_CHECK;

#endif
