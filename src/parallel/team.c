/* Threads that live as long as one piece of work: some 20 microseconds each, next to
   milliseconds of work. */
#define _GNU_SOURCE
#include "parallel/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

typedef struct member {
    void (*work)(void *ctx, int member);
    void *ctx;
    int index;
    pthread_t thread;
    bool running;
} member;

static void *run(void *own)
{
    const member *m = own;
    m->work(m->ctx, m->index);
    return NULL;
}

/* Signals stay with the caller's threads. */
static void start(member *m)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return;
    m->running = pthread_create(&m->thread, NULL, run, m) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void cvr_parallel_for(int members, void (*work)(void *ctx, int member), void *ctx)
{
    member team[CVR_TEAM_MOST];
    for (int i = 1; i < members; i++) {
        team[i] = (member){.work = work, .ctx = ctx, .index = i};
        start(&team[i]);
    }
    work(ctx, 0);
    for (int i = 1; i < members; i++) {
        if (team[i].running)
            pthread_join(team[i].thread, NULL);
        else
            work(ctx, i);
    }
}
