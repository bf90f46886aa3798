/* What a process may use of the machine that it runs on. */
#ifndef CVXRELU_MACHINE_H
#define CVXRELU_MACHINE_H

#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of memory that this process can still get: what the machine has, its control
   groups (versions 1 and 2, each one above its own too) and its limits on address space
   and data leave. INT64_MAX when nothing is known. */
CVR_API int64_t cvr_memory_available(void);
/* How many processors' time its control groups grant it, a number that need not be whole;
   infinity without such a limit. */
CVR_API double cvr_cpu_quota(void);

#ifdef __cplusplus
}
#endif
#endif
