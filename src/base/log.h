/* Notes of the library to whoever listens. */
#ifndef CVR_BASE_LOG_H
#define CVR_BASE_LOG_H

#include <cvxrelu/log.h>

#include "base/fail.h"

/* A target and whose it is. */
typedef struct cvr_listener {
    cvr_log_target hear;
    void *user;
} cvr_listener;

/* Puts another one in the place of the present one, which is returned. */
cvr_listener cvr_log_swap(cvr_listener next);

void cvr_note(cvr_log_level level, const char *format, ...) CVR_PRINTF(2, 3);

#endif
