/* Memory that one process does not get: whatever it is for, all processes have to learn
   of it, and none may wait for another for ever. */
#ifndef CVR_TESTS_LACK_H
#define CVR_TESTS_LACK_H

#include <cvxrelu/cvxrelu.h>

/* Calls act(ctx) with the 1st, 2nd, ... allocation failing between the two calls below,
   on the first process, then on the last, until each is there; act frees what it has
   made. Each time all processes must get the same status, and a failure must be
   CVR_NO_MEMORY. At least `least` allocations there must be. */
void cvr_test_lack(const char *what, int64_t least, cvr_status (*act)(const void *ctx),
                   const void *ctx);

/* In act: memory may be lacking from here, to here. */
void cvr_test_lack_from(void);
void cvr_test_lack_to(void);

#endif
