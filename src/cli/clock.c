/* The clocks of the command. */
#define _GNU_SOURCE
#include "cli/clock.h"

#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double cli_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double cli_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}
