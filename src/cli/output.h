/* Standard output: whether what was printed has arrived. */
#ifndef CVR_CLI_OUTPUT_H
#define CVR_CLI_OUTPUT_H

#include <cvxrelu/cvxrelu.h>

/* CVR_IO when what was printed has not arrived (full disk, closed pipe). */
cvr_status cli_flush(void) CVR_MUST_CHECK;
/* The status of what was written to standard output: notes when it failed because its
   reader has gone (head), which is not an error to report. */
cvr_status cli_check_reader(cvr_status status) CVR_MUST_CHECK;
bool cli_reader_gone(void);             /* this has been noted */
bool cli_is_standard(const char *path); /* "-" */

#endif
