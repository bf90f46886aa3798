/* Which run writes to a file that is replaced as a whole, time after time: the one that
   has locked (flock) what stands there. */
#ifndef CVR_BASE_OWNER_H
#define CVR_BASE_OWNER_H

#include <stdbool.h>

typedef struct cvr_owner {
    bool held;
    int file; /* what stood under the path when it was claimed; locked */
} cvr_owner;

/* Whether another process has claimed what stands there now. False where files cannot be
   locked, or there is none. */
bool cvr_owner_other(const cvr_owner *o, const char *path);
/* What stands there is this process's own, until it is replaced. */
void cvr_owner_claim(cvr_owner *o, const char *path);
void cvr_owner_free(cvr_owner *o); /* takes {0} */

#endif
