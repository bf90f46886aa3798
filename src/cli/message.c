/* Messages on stderr. */
#define _GNU_SOURCE
#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/launcher.h"
#include "cli/plain.h"
#include "cli/progress_line.h"

static void put_line(const char *before, const char *text)
{
    cli_progress_clear();
    fputs(before, stderr);
    cli_put_plain(stderr, text);
    fputc('\n', stderr);
}

void cli_print_error(void)
{
    put_line("cvxrelu: error: ", cvr_last_error());
    if (*cvr_last_hint())
        put_line("hint: ", cvr_last_hint());
}

void cli_prefix_error(cvr_status status, const char *format, ...)
{
    char where[400], message[600], hint[300];
    va_list args;
    va_start(args, format);
    vsnprintf(where, sizeof where, format, args);
    va_end(args);
    snprintf(message, sizeof message, "%.*s", (int)sizeof message - 1, cvr_last_error());
    snprintf(hint, sizeof hint, "%.*s", (int)sizeof hint - 1, cvr_last_hint());
    cvr_fail(status, "%s: %s", where, message);
    if (hint[0])
        cvr_hint("%s", hint);
}

static bool first(const cli_call *call)
{
    return call->comm ? cvr_comm_rank(call->comm) == 0 : cli_launched_rank() == 0;
}

void cli_message(const cli_call *call, const char *format, ...)
{
    char line[2048];
    va_list args;
    if (!first(call) || cli_switch(call, "quiet"))
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    put_line("", line);
}

static void on_log(cvr_log_level level, const char *message, void *user)
{
    const cli_call *call = user;
    if (level == CVR_LOG_NOTE || cli_switch(call, "verbose"))
        cli_message(call, "cvxrelu: %s", message);
}

void cli_forward_log(const cli_call *call)
{
    cvr_log_to(on_log, (void *)call);
}
