/* What the process may use, and of a machine whose files stand elsewhere. */
#ifndef CVR_BASE_MACHINE_H
#define CVR_BASE_MACHINE_H

#include <cvxrelu/machine.h>

int64_t cvr_memory_available(void); /* cvr_machine_allowance().memory */
/* root "": /proc and /sys of this machine; the limits of this process (address space,
   data) count in any case. */
int64_t cvr_memory_available_under(const char *root);
double cvr_cpu_quota_under(const char *root);

#endif
