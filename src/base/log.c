/* The log target: the only global of the library. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static cvr_log_target listener;
static void *listener_user;

void cvr_log_to(cvr_log_target target, void *user)
{
    listener = target;
    listener_user = user;
}

void cvr_note(cvr_log_level level, const char *format, ...)
{
    char sentence[512];
    if (!listener)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    listener(level, sentence, listener_user);
}
