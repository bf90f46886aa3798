/* The line of progress on stderr: the present stage, and how long the command has run. It
   is drawn after a measurement and, in between, whenever a long call polls for a stop; a
   message takes its place. */
#define _GNU_SOURCE
#include "cli/progress_line.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/plain.h"

#define BETWEEN 0.1  /* seconds from one drawing to the next */
#define PATIENCE 0.5 /* seconds without a measurement */

static bool wanted, drawn;
static double begun, drawn_at;
static char stage[200];
static atomic_flag drawing = ATOMIC_FLAG_INIT; /* threads of a call may ask at once */

/* auto|always|never; auto is a terminal that has not asked for plain text. */
static bool is_wanted(const cli_call *call)
{
    const char *when = cvr_settings_text(call->settings, "progress");
    if (cvr_comm_rank(call->comm) != 0 || (when && strcmp(when, "never") == 0))
        return false;
    if (when && strcmp(when, "always") == 0)
        return true;
    return isatty(STDERR_FILENO) && !getenv("NO_COLOR") && !cli_switch(call, "quiet") &&
           !cli_switch(call, "verbose");
}

void cli_progress_begin(const cli_call *call)
{
    wanted = is_wanted(call);
    begun = cli_seconds();
    drawn_at = begun - BETWEEN; /* a measurement is drawn at once */
    stage[0] = '\0';
}

void cli_progress_stage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(stage, sizeof stage, format, args);
    va_end(args);
}

static void draw(double least, const char *end)
{
    double now = cli_seconds();
    if (!wanted || !stage[0] || now - drawn_at < least ||
        atomic_flag_test_and_set(&drawing))
        return;
    fputc('\r', stderr);
    cli_put_plain(stderr, stage);
    fprintf(stderr, ", %.1f s%s\033[K", now - begun, end);
    fflush(stderr);
    drawn = true;
    drawn_at = now;
    atomic_flag_clear(&drawing);
}

void cli_progress_draw(const char *end)
{
    draw(BETWEEN, end);
}

void cli_progress_tick(void)
{
    draw(PATIENCE, "");
}

void cli_progress_clear(void)
{
    if (drawn)
        fputs("\r\033[K", stderr);
    drawn = false;
}
