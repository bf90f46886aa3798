/* Threads that live as long as one piece of work: some 20 microseconds each, next to
   milliseconds of work. */
#define _GNU_SOURCE
#include "parallel/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

typedef struct thread {
    void (*work)(void *ctx, int thread);
    void *ctx;
    int index;
    pthread_t handle;
    bool running;
} thread;

static void *run(void *own)
{
    const thread *t = own;
    t->work(t->ctx, t->index);
    return NULL;
}

/* Signals stay with the caller's threads. */
static void start(thread *t)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return;
    t->running = pthread_create(&t->handle, NULL, run, t) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void cvr_parallel_for(int threads, void (*work)(void *ctx, int thread), void *ctx)
{
    thread all[CVR_MOST_THREADS];
    for (int i = 1; i < threads; i++) {
        all[i] = (thread){.work = work, .ctx = ctx, .index = i};
        start(&all[i]);
    }
    work(ctx, 0);
    for (int i = 1; i < threads; i++) {
        if (all[i].running)
            pthread_join(all[i].handle, NULL);
        else
            work(ctx, i);
    }
}
