/* The sentence about the last failure, one a thread. */
#include "base/fail.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"

static _Thread_local char sentence[1024];
static _Thread_local char advice[512];
static bool dashes;

void cvr_show_dashes(bool shown)
{
    dashes = shown;
}

/* Two dashes before the name of an option, or before the %s that stands for one. */
static bool names_option(const char *at)
{
    return at[0] == '-' && at[1] == '-' &&
           (islower((unsigned char)at[2]) || at[2] == '%');
}

void cvr_sentence(char *text, size_t size, const char *format, va_list args)
{
    char plain[1024];
    size_t n = 0;
    for (const char *c = format; *c && n + 1 < sizeof plain; c++) {
        if (!dashes && names_option(c))
            c += 2;
        plain[n++] = *c;
    }
    plain[n] = '\0';
    vsnprintf(text, size, plain, args);
}

cvr_status cvr_fail(cvr_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cvr_sentence(sentence, sizeof sentence, format, args);
    va_end(args);
    advice[0] = '\0';
    return status;
}

void cvr_hint(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cvr_sentence(advice, sizeof advice, format, args);
    va_end(args);
}

void cvr_fail_prefix(const char *where)
{
    char old[sizeof sentence];
    memcpy(old, sentence, sizeof old);
    if (snprintf(sentence, sizeof sentence, "%s: %s", where, old) < 0)
        memcpy(sentence, old, sizeof old);
}

const char *cvr_last_error(void)
{
    return sentence;
}

const char *cvr_last_hint(void)
{
    return advice;
}

const char *cvr_status_name(cvr_status status)
{
    static const char *const names[] = {"ok",
                                        "failed",
                                        "usage",
                                        "bad data",
                                        "not converged",
                                        "numerical failure",
                                        "out of memory",
                                        "input or output",
                                        "parallel",
                                        "interrupted"};
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown";
}

const char *cvr_version(void)
{
    return CVR_VERSION;
}

/* An assertion is a defect of ours, or a shape that the caller got wrong: there is no
   state worth saving, and going on would corrupt results. */
_Noreturn void cvr_assert_failed(const char *truth, const char *file, int line)
{
    fprintf(stderr, "cvxrelu: defect at %s:%d: not true: %s\n", file, line, truth);
    abort();
}
