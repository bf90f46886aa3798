/* What a process may use of the machine that it runs on. */
#ifndef CVXRELU_MACHINE_H
#define CVXRELU_MACHINE_H

#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cvr_allowance {
    /* Bytes that the process can still get: what the machine has, its control groups
       (versions 1 and 2, each one above its own too) and its limits on address space and
       data leave. INT64_MAX when nothing is known. */
    int64_t memory;
    /* The number of processors whose time its control groups grant it, which need not be
       whole; infinity without such a limit. */
    double processors;
} cvr_allowance;
/* As it is now. */
CVR_API cvr_allowance cvr_machine_allowance(void);

#ifdef __cplusplus
}
#endif
#endif
