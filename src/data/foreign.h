/* Files of other programs, which are not read here. */
#ifndef CVR_DATA_FOREIGN_H
#define CVR_DATA_FOREIGN_H

#include <stddef.h>

#include "base/fail.h"

/* CVR_BAD_DATA with the name of what the file is, and a way out, when its first bytes are
   those of a kind that many programs write and none of the readers takes. */
cvr_status cvr_foreign_check(const char *path, const unsigned char *head,
                             size_t size) CVR_MUST_CHECK;

#endif
