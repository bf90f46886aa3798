/* Memory that one process does not get: whatever it is for, all processes have to learn
   of it, and none may wait for another for ever. */
#ifndef CVR_TESTS_LACK_H
#define CVR_TESTS_LACK_H

#include <cvxrelu/cvxrelu.h>

/* Calls act(ctx) with the 1st, 2nd, ... allocation failing between the two calls below on
   one process, until there are none to fail; on several processes those of
   cvr_test_turn. act frees what it has made. Each time all processes must fail with
   CVR_NO_MEMORY, and all succeed at last; at most one allocation may be done without
   (that for syncing a file's folder). At least `least` of them there must be. The next
   call is about the next process. */
void cvr_test_lack(const char *what, int64_t least, cvr_status (*act)(const void *ctx),
                   const void *ctx);
/* The same where `spared` allocations may be done without. */
void cvr_test_lack_sparing(const char *what, int64_t least, int spared,
                           cvr_status (*act)(const void *ctx), const void *ctx);
/* The same on process 0, then on the last: where process 0 does more than the others. */
void cvr_test_lack_each(const char *what, int64_t least,
                        cvr_status (*act)(const void *ctx), const void *ctx);

/* In act: memory may be lacking from here, to here. */
void cvr_test_lack_from(void);
void cvr_test_lack_to(void);

#endif
