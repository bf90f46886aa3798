/* Allocations that fail on one process in turn. */
#include "support/lack.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "support/problem.h"

enum { PATIENCE = 20 }; /* seconds of processor time: processes that wait take it, too */

static int64_t fails; /* which allocation; 0: none on this process */
static bool armed, refused;
static char place[256];

void cvr_test_lack_from(void)
{
    cvr_alloc_fail_at(fails);
    armed = true;
}

void cvr_test_lack_to(void)
{
    int64_t asked = cvr_alloc_fail_at(0);
    refused = armed ? fails > 0 && asked >= fails : refused;
    armed = false;
}

static void tell(int number)
{
    (void)number;
    (void)!write(STDERR_FILENO, place, strlen(place));
    _exit(EXIT_FAILURE);
}

static void be_patient(int seconds)
{
    struct itimerval limit = {.it_value.tv_sec = seconds};
    signal(SIGPROF, tell);
    setitimer(ITIMER_PROF, &limit, NULL);
}

/* How many processes say so. */
static int count(bool yes)
{
    double sum = yes;
    assert_int_equal(CVR_OK, cvr_allreduce_sum(cvr_test_all, &sum, 1));
    return (int)sum;
}

/* Of how many processes it succeeds. */
static int attempt(const char *what, int64_t nth, int who,
                   cvr_status (*act)(const void *ctx), const void *ctx)
{
    int rank = cvr_comm_rank(cvr_test_all);
    snprintf(place, sizeof place, "%s: process %d waits, %d lacks allocation %lld\n",
             what, rank, who, (long long)nth);
    fails = rank == who ? nth : 0;
    be_patient(PATIENCE);
    cvr_status status = act(ctx);
    cvr_test_lack_to();
    int made = count(status == CVR_OK);
    be_patient(0);
    if (status != CVR_OK && status != CVR_NO_MEMORY)
        fail_msg("%s: process %d, allocation %lld: %s", what, who, (long long)nth,
                 cvr_last_error());
    return made;
}

static void lack_on(int who, const char *what, int64_t least, int spared,
                    cvr_status (*act)(const void *ctx), const void *ctx)
{
    int size = cvr_comm_size(cvr_test_all), borne = 0;
    int64_t nth = 0;
    bool lacking = true;
    while (lacking) {
        while (!cvr_test_turn(++nth))
            ;
        int made = attempt(what, nth, who, act, ctx);
        lacking = count(refused) > 0;
        borne += lacking && made == size;
        if (made != 0 && made != size)
            fail_msg("%s: %d of %d processes go on, %d lacks allocation %lld", what, made,
                     size, who, (long long)nth);
    }
    if (nth <= least || borne > spared)
        fail_msg("%s: %lld allocations, %d of them for nothing", what, (long long)nth - 1,
                 borne);
}

void cvr_test_lack(const char *what, int64_t least, cvr_status (*act)(const void *ctx),
                   const void *ctx)
{
    cvr_test_lack_sparing(what, least, 1, act, ctx);
}

void cvr_test_lack_sparing(const char *what, int64_t least, int spared,
                           cvr_status (*act)(const void *ctx), const void *ctx)
{
    static int turn;
    lack_on(turn++ % cvr_comm_size(cvr_test_all), what, least, spared, act, ctx);
}

void cvr_test_lack_each(const char *what, int64_t least,
                        cvr_status (*act)(const void *ctx), const void *ctx)
{
    int last = cvr_comm_size(cvr_test_all) - 1;
    lack_on(0, what, least, 1, act, ctx);
    if (last > 0)
        lack_on(last, what, least, 1, act, ctx);
}
