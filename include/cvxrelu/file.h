/* A file that appears whole or not at all. */
#ifndef CVXRELU_FILE_H
#define CVXRELU_FILE_H

#include <stddef.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes bytes under a temporary name in the same folder, syncs and renames. CVR_IO with
   path and reason; an older file of that name then stays as it was. */
CVR_API cvr_status cvr_file_write(const char *path, const void *bytes,
                                  size_t size) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
