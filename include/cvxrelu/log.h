/* Where the library's notes go. The library itself never prints. */
#ifndef CVXRELU_LOG_H
#define CVXRELU_LOG_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cvr_log_level { CVR_LOG_NOTE = 1, CVR_LOG_DETAIL = 2 } cvr_log_level;
typedef void (*cvr_log_target)(cvr_log_level level, const char *sentence, void *user);

/* Sends notes (a ridge was raised, a method was chosen, ...) to target; NULL drops them,
   which is the default. Applies to the whole program. */
CVR_API void cvr_log_to(cvr_log_target target, void *user);

#ifdef __cplusplus
}
#endif
#endif
