/* Sentences on stderr, and the check that stdout has arrived. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put_line(const char *before, const char *text)
{
    cli_line_wipe();
    fputs(before, stderr);
    cli_put_plain(stderr, text);
    fputc('\n', stderr);
}

void cli_say_error(void)
{
    put_line("cvxrelu: error: ", cvr_last_error());
    if (*cvr_last_hint())
        put_line("hint: ", cvr_last_hint());
}

void cli_say_where(cvr_status status, const char *format, ...)
{
    char where[400], sentence[600], hint[300];
    va_list args;
    va_start(args, format);
    vsnprintf(where, sizeof where, format, args);
    va_end(args);
    snprintf(sentence, sizeof sentence, "%.*s", (int)sizeof sentence - 1,
             cvr_last_error());
    snprintf(hint, sizeof hint, "%.*s", (int)sizeof hint - 1, cvr_last_hint());
    cvr_fail(status, "%s: %s", where, sentence);
    if (hint[0])
        cvr_hint("%s", hint);
}

static bool first(const cli_call *call)
{
    return call->comm ? cvr_comm_rank(call->comm) == 0 : cli_launched_rank() == 0;
}

void cli_say(const cli_call *call, const char *format, ...)
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

static void hear(cvr_log_level level, const char *sentence, void *user)
{
    const cli_call *call = user;
    if (level == CVR_LOG_NOTE || cli_switch(call, "verbose"))
        cli_say(call, "cvxrelu: %s", sentence);
}

void cli_listen(const cli_call *call)
{
    cvr_log_to(hear, (void *)call);
}

static bool gone;

bool cli_reader_gone(void)
{
    return gone;
}

bool cli_is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* Of a pipe whose reading end is closed. */
cvr_status cli_streamed(cvr_status status)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (status == CVR_IO && poll(&out, 1, 0) == 1 && out.revents & POLLERR)
        gone = true;
    return status;
}

/* An earlier write has failed and its reason is gone: one more tells it again. */
static int write_error(void)
{
    errno = 0;
    return write(STDOUT_FILENO, "\n", 1) < 0 && errno ? errno : EIO;
}

cvr_status cli_flush(void)
{
    errno = 0;
    bool arrived = fflush(stdout) == 0;
    int reason = errno;
    if (arrived && !ferror(stdout))
        return CVR_OK;
    return cli_streamed(cvr_fail(CVR_IO, "standard output: cannot write: %s",
                                 strerror(reason ? reason : write_error())));
}
