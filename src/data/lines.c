/* A buffer that grows to the longest line. */
#include "data/lines.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { FIRST_ROOM = 64 << 10 };

void cvr_lines_free(cvr_lines *l)
{
    cvr_release(l->buffer);
    *l = (cvr_lines){0};
}

/* Moves what is left to the front, and reads on; one byte stays free for '\0'. */
static cvr_status refill(cvr_lines *l)
{
    cvr_status status = CVR_OK;
    size_t got = 0;
    if (l->start > 0)
        memmove(l->buffer, l->buffer + l->start, (size_t)(l->used - l->start));
    l->used -= l->start;
    l->start = 0;
    if (l->used + 1 >= l->room) {
        int64_t room = l->room ? l->room * 2 : FIRST_ROOM;
        char what[40];
        snprintf(what, sizeof what, "line %lld", (long long)l->number + 1);
        CVR_TRY(cvr_stream_justify(l->in, room, what));
        CVR_TRY(cvr_grow((void **)&l->buffer, room, 1, "a line of text"));
        l->room = room;
    }
    size_t want = (size_t)(l->room - 1 - l->used);
    CVR_TRY(cvr_stream_read(l->in, l->buffer + l->used, want, &got));
    l->used += (int64_t)got;
    l->ended = got < want;
done:
    return status;
}

static void skip_mark(cvr_lines *l)
{
    if (l->number == 0 && l->used - l->start >= 3 &&
        memcmp(l->buffer + l->start, "\xEF\xBB\xBF", 3) == 0)
        l->start += 3;
}

cvr_status cvr_lines_next(cvr_lines *l, char **line, char **end)
{
    cvr_status status = CVR_OK;
    int64_t searched = 0;
    char *stop = NULL;
    *line = *end = NULL;
    for (;;) {
        if (l->used > l->start + searched)
            stop = memchr(l->buffer + l->start + searched, '\n',
                          (size_t)(l->used - l->start - searched));
        searched = l->used - l->start;
        if (stop || l->ended)
            break;
        CVR_TRY(refill(l));
    }
    if (!stop && searched == 0)
        goto done;
    skip_mark(l);
    *line = l->buffer + l->start;
    *end = stop ? stop : l->buffer + l->used;
    l->start = *end - l->buffer + (stop != NULL);
    if (*end > *line && (*end)[-1] == '\r')
        --*end;
    **end = '\0';
    l->number++;
done:
    return status;
}

cvr_status cvr_lines_next_filled(cvr_lines *l, char **line, char **end)
{
    for (;;) {
        cvr_status status = cvr_lines_next(l, line, end);
        if (status != CVR_OK || !*line)
            return status;
        size_t blanks = strspn(*line, " \t");
        if (*line + blanks != *end && (*line)[blanks] != '#')
            return CVR_OK;
    }
}
