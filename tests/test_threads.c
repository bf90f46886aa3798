/* Threads that share a piece of work. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parallel/threads.h"

/* A system that may refuse threads. */
static bool refuse;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *arg)
{
    typedef int create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    create *real = (create *)dlsym(RTLD_NEXT, "pthread_create");
    return refuse ? EAGAIN : real(thread, attr, start, arg);
}

typedef struct roll {
    atomic_int calls[CVR_MOST_THREADS];
    atomic_int masked; /* members other than the first that would take a SIGINT */
} roll;

static void call_in(void *ctx, int member)
{
    roll *r = ctx;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    r->calls[member]++;
    r->masked += member > 0 && !sigismember(&mask, SIGINT);
}

static void every_member_works_once(void **state)
{
    (void)state;
    for (int members = 1; members <= CVR_MOST_THREADS; members += 7) {
        roll r = {0};
        cvr_parallel_for(members, call_in, &r);
        for (int i = 0; i < CVR_MOST_THREADS; i++)
            assert_int_equal(r.calls[i], i < members);
    }
}

static void signals_stay_with_the_caller(void **state)
{
    sigset_t mask;
    roll r = {0};
    (void)state;
    cvr_parallel_for(4, call_in, &r);
    assert_int_equal(r.masked, 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGINT));
}

/* The caller does all the work itself. */
static void without_threads_the_work_is_done_too(void **state)
{
    roll r = {0};
    (void)state;
    refuse = true;
    cvr_parallel_for(3, call_in, &r);
    refuse = false;
    for (int i = 0; i < 3; i++)
        assert_int_equal(r.calls[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_works_once),
        cmocka_unit_test(signals_stay_with_the_caller),
        cmocka_unit_test(without_threads_the_work_is_done_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
