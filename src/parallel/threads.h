/* Threads of one process that share a piece of work. */
#ifndef CVR_PARALLEL_THREADS_H
#define CVR_PARALLEL_THREADS_H

enum { CVR_MOST_THREADS = 64 };

/* work(ctx, thread) for thread = 0 .. threads - 1, each in a thread of its own, the first
   in the caller's; returns when all are done. Where the system cannot start a thread, the
   caller does its work as well. At most CVR_MOST_THREADS; they take no signals. */
void cvr_parallel_for(int threads, void (*work)(void *ctx, int thread), void *ctx);

#endif
