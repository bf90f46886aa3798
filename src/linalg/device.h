/* Devices by name. The library is not linked with what they need: a plug-in,
   libcvxrelu_cuda.so, is loaded when one is asked for. */
#ifndef CVR_LINALG_DEVICE_H
#define CVR_LINALG_DEVICE_H

#include "base/fail.h"
#include "linalg/backend.h"

/* name: cpu, cuda, cuda:K (from 0), or auto: the first of those that work. cuda alone is
   number `prefer' modulo how many there are: one for each process. CVR_USAGE: there is no
   such name. CVR_NO_MEMORY: no such device, or no plug-in, or no driver; auto then says
   so to the log and takes the processor. */
cvr_status cvr_device_open(const char *name, int prefer,
                           const cvr_backend **device) CVR_MUST_CHECK;

/* The name of device number index (256 bytes), and how many there are; CVR_NO_MEMORY
   says why there is none. */
cvr_status cvr_device_name(int index, char *name, int *count) CVR_MUST_CHECK;

#endif
