/* A file that is written rows by rows. */
#ifndef CVR_DATA_SAVE_H
#define CVR_DATA_SAVE_H

#include <cvxrelu/data.h>

#include "base/fail.h"

typedef struct cvr_saver cvr_saver;

/* For `rows` rows in all of data like `like`; path and format as in cvr_dataset_save. */
cvr_status cvr_saver_open(const cvr_dataset *like, int64_t rows, const char *path,
                          const char *format, cvr_saver **saver) CVR_MUST_CHECK;
cvr_status cvr_saver_add(cvr_saver *saver, const cvr_dataset *data) CVR_MUST_CHECK;
/* The file is there, whole, only after this. */
cvr_status cvr_saver_commit(cvr_saver *saver) CVR_MUST_CHECK;
void cvr_saver_close(cvr_saver *saver); /* takes NULL */

#endif
