/* The same, of a machine whose files stand under another root. */
#ifndef CVR_BASE_MACHINE_H
#define CVR_BASE_MACHINE_H

#include <cvxrelu/machine.h>

/* root "": /proc and /sys of this machine; the limits of this process (address space,
   data) count in any case. */
int64_t cvr_memory_available_under(const char *root);
double cvr_cpu_quota_under(const char *root);

#endif
