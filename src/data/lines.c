/* A buffer that grows to the longest line. */
#include "data/lines.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { FIRST_ROOM = 64 << 10, WIDE_STEP = 8 << 10 };

void cvr_lines_free(cvr_lines *l)
{
    cvr_release(l->buffer);
    *l = (cvr_lines){0};
}

static cvr_status read_wide(cvr_lines *l, size_t room, size_t *got)
{
    unsigned char bytes[WIDE_STEP];
    size_t most = room / 3 * 2, want = most - 8 < WIDE_STEP ? most - 8 : WIDE_STEP;
    size_t read = 0;
    cvr_status status = cvr_stream_read(l->in, bytes, want, &read);
    l->ended = read < want;
    *got = cvr_utf16_decode(&l->decoder, bytes, read, l->buffer + l->used);
    return status;
}

static cvr_status read_plain(cvr_lines *l, size_t room, size_t *got)
{
    cvr_status status = cvr_stream_read(l->in, l->buffer + l->used, room, got);
    l->ended = *got < room;
    return status;
}

/* Moves what is left to the front, and reads on; one byte stays free for '\0'. */
static cvr_status refill(cvr_lines *l)
{
    enum { LEAST = 64 };
    cvr_status status = CVR_OK;
    size_t got = 0;
    if (l->start > 0)
        memmove(l->buffer, l->buffer + l->start, (size_t)(l->used - l->start));
    l->used -= l->start;
    l->start = 0;
    if (l->used + LEAST >= l->room) {
        int64_t room = l->room ? l->room * 2 : FIRST_ROOM;
        char what[40];
        snprintf(what, sizeof what, "line %lld", (long long)l->number + 1);
        CVR_TRY(cvr_stream_justify(l->in, room, what));
        CVR_TRY(cvr_grow((void **)&l->buffer, room, 1, "a line of text"));
        l->room = room;
    }
    size_t room = (size_t)(l->room - 1 - l->used);
    CVR_TRY(l->wide ? read_wide(l, room, &got) : read_plain(l, room, &got));
    l->used += (int64_t)got;
done:
    return status;
}

/* Finds out what text this is, and skips the mark before it. */
static cvr_status begin(cvr_lines *l)
{
    cvr_status status = CVR_OK;
    const unsigned char *head = NULL;
    size_t size = 0;
    CVR_TRY(cvr_stream_peek(l->in, &head, &size));
    l->wide = cvr_utf16_begins(head, size, &l->decoder.big);
    while (!l->ended && l->used < FIRST_ROOM / 2)
        CVR_TRY(refill(l));
    if (l->used >= 3 && memcmp(l->buffer, "\xEF\xBB\xBF", 3) == 0)
        l->start = 3;
    bool apple = l->used > 0 && !memchr(l->buffer, '\n', (size_t)l->used) &&
                 memchr(l->buffer, '\r', (size_t)l->used);
    l->stop = apple ? '\r' : '\n';
done:
    return status;
}

/* The line from l->start on; its first `searched` bytes have no end. */
static cvr_status give(cvr_lines *l, int64_t searched, char **line, char **end)
{
    cvr_status status = CVR_OK;
    char *stop = NULL;
    int64_t before = searched;
    *line = *end = NULL;
    for (;;) {
        if (l->used > l->start + searched)
            stop = memchr(l->buffer + l->start + searched, l->stop,
                          (size_t)(l->used - l->start - searched));
        searched = l->used - l->start;
        if (stop || l->ended)
            break;
        CVR_TRY(refill(l));
    }
    if (!stop && searched == before)
        goto done;
    *line = l->buffer + l->start;
    *end = stop ? stop : l->buffer + l->used;
    l->given = l->start;
    l->start = *end - l->buffer + (stop != NULL);
    if (*end > *line && (*end)[-1] == '\r')
        --*end;
    l->cut = *end - l->buffer;
    l->under = **end;
    **end = '\0';
    l->number++;
done:
    return status;
}

cvr_status cvr_lines_next(cvr_lines *l, char **line, char **end)
{
    cvr_status status = CVR_OK;
    if (!l->stop)
        CVR_TRY(begin(l));
    CVR_TRY(give(l, 0, line, end));
done:
    return status;
}

cvr_status cvr_lines_join(cvr_lines *l, char **line, char **end, bool *joined)
{
    int64_t length = l->start - l->given, cut = l->cut - l->given;
    l->buffer[l->cut] = l->under;
    l->start = l->given;
    cvr_status status = give(l, length, line, end);
    *joined = status == CVR_OK && *line;
    if (status == CVR_OK && !*joined) { /* as it was, if perhaps elsewhere */
        l->given = l->start;
        l->start += length;
        l->cut = l->given + cut;
        *line = l->buffer + l->given;
        *end = *line + cut;
        **end = '\0';
    }
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

cvr_status cvr_lines_each(const char *path,
                          cvr_status (*take)(void *ctx, const cvr_lines *l,
                                             const char *line),
                          void *ctx)
{
    cvr_lines lines = {0};
    char *line = NULL, *end = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_stream_open(path, &lines.in));
    CVR_TRY(cvr_lines_next_filled(&lines, &line, &end));
    while (line) {
        CVR_TRY(take(ctx, &lines, line));
        CVR_TRY(cvr_lines_next_filled(&lines, &line, &end));
    }
done:
    cvr_stream_close(lines.in);
    cvr_lines_free(&lines);
    return status;
}
