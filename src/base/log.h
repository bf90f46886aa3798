/* Notes of the library to whoever listens. */
#ifndef CVR_BASE_LOG_H
#define CVR_BASE_LOG_H

#include <cvxrelu/log.h>

#include "base/fail.h"

void cvr_note(cvr_log_level level, const char *format, ...) CVR_PRINTF(2, 3);

#endif
