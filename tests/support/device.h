/* A device without one: its matrices lie in the processor's memory, at addresses that
   fault wherever they are used but in its kernels, which are the processor's. */
#ifndef CVR_TESTS_DEVICE_H
#define CVR_TESTS_DEVICE_H

#include "linalg/backend.h"

/* All kernels of the processor, or only those that a backend has to have. */
const cvr_backend *cvr_test_device(void);
const cvr_backend *cvr_test_device_bare(void);

/* How often the host has waited for the device so far: for numbers that an operation
   returns, for entries, and for matrices that are copied to the host. */
int64_t cvr_test_device_waits(void);

#endif
