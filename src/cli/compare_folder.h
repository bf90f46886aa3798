/* The folder of a comparison: made, and cleared of an earlier one. */
#ifndef CVR_CLI_COMPARE_FOLDER_H
#define CVR_CLI_COMPARE_FOLDER_H

#include <cvxrelu/cvxrelu.h>

/* Makes the folder. CVR_USAGE when it holds anything, unless `over`. */
cvr_status cli_folder_make(const char *folder, bool over) CVR_MUST_CHECK;
/* Once there is something to keep: the files of an earlier comparison go. */
cvr_status cli_folder_clear(const char *folder) CVR_MUST_CHECK;

#endif
