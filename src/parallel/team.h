/* Threads of one process that share a piece of work. */
#ifndef CVR_PARALLEL_TEAM_H
#define CVR_PARALLEL_TEAM_H

enum { CVR_TEAM_MOST = 64 };

/* work(ctx, member) for member = 0 .. members - 1, each in a thread of its own, the first
   in the caller's; returns when all are done. What the system gives no thread for, the
   caller does as well. At most CVR_TEAM_MOST members. The threads take no signals. */
void cvr_parallel_for(int members, void (*work)(void *ctx, int member), void *ctx);

#endif
