/* A file that appears whole or not at all: written without a name in the same folder,
   synced, named, renamed; so a program that dies leaves nothing. Where a file system
   needs a name from the start (NFS), a temporary one: the next write to the same path
   removes those of the dead. What is not a regular file (a pipe, a device), and "-",
   standard output, is written as it is. An existing file keeps its mode, a symbolic link
   stays and its target is replaced.

       cvr_atomic out = {0};
       CVR_TRY(cvr_atomic_open(path, &out));
       fprintf(out.file, ...);   or   CVR_TRY(cvr_atomic_write(&out, bytes, size));
       CVR_TRY(cvr_atomic_commit(&out));
   done:
       cvr_atomic_discard(&out);                       nothing when it is committed */
#ifndef CVR_BASE_ATOMIC_FILE_H
#define CVR_BASE_ATOMIC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/fail.h"

typedef struct cvr_atomic {
    FILE *file;
    char *path;      /* what it becomes */
    char *temporary; /* its name until then; NULL: written in place */
    bool named;      /* the temporary file has its name already */
} cvr_atomic;

/* CVR_IO with path and reason. */
cvr_status cvr_atomic_open(const char *path, cvr_atomic *a) CVR_MUST_CHECK;
/* Writes and says at once when the disk is full. */
cvr_status cvr_atomic_write(cvr_atomic *a, const void *bytes, size_t size) CVR_MUST_CHECK;
/* Flushes, syncs, closes and renames. When that fails (also when an earlier fprintf did)
   nothing stays: neither the temporary file nor a change of an older one. */
cvr_status cvr_atomic_commit(cvr_atomic *a) CVR_MUST_CHECK;
/* Leaves no trace of what was not committed; takes {0}, leaves {0}. */
void cvr_atomic_discard(cvr_atomic *a);

#endif
