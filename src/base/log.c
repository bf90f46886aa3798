/* The log target: the only global of the library. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static cvr_listener listener;

cvr_listener cvr_log_swap(cvr_listener next)
{
    cvr_listener before = listener;
    listener = next;
    return before;
}

void cvr_log_to(cvr_log_target target, void *user)
{
    listener = (cvr_listener){target, user};
}

void cvr_note(cvr_log_level level, const char *format, ...)
{
    char sentence[512];
    if (!listener.hear)
        return;
    va_list args;
    va_start(args, format);
    cvr_sentence(sentence, sizeof sentence, format, args);
    va_end(args);
    listener.hear(level, sentence, listener.user);
}
