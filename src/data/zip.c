/* Zip archives by their directory, which is at the end; with the 64-bit fields that NumPy
   writes. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
#include "data/zip.h"

#include <string.h>

#include "base/bytes.h"

enum { END = 22, MOST_COMMENT = 65535, LOCATOR = 20, END64 = 56, ENTRY = 46, LOCAL = 30 };

static int64_t number(const unsigned char *b, int size)
{
    uint64_t v = 0;
    for (int i = size - 1; i >= 0; i--)
        v = v << 8 | b[i];
    return v <= INT64_MAX ? (int64_t)v : -1;
}

static cvr_status damaged(const cvr_stream *in, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: not a usable zip archive: %s", cvr_stream_path(in),
                    what);
}

/* size bytes at a place of the file; *bytes grows. */
static cvr_status read_at(cvr_stream *in, int64_t at, int64_t size, unsigned char **bytes,
                          int64_t *room)
{
    cvr_status status = CVR_OK;
    int64_t got = 0;
    if (at < 0 || size < 0 || at > cvr_stream_length(in) - size)
        return damaged(in, "it is cut off, or its directory is wrong");
    CVR_TRY(cvr_stream_seek(in, at));
    CVR_TRY(cvr_stream_take(in, size, bytes, room, &got));
    if (got < size)
        return damaged(in, "it is cut off");
done:
    return status;
}

/* ---- the directory ----------------------------------------------------------------- */

typedef struct directory {
    int64_t at, size;
} directory;

/* The last place of the end mark whose comment reaches to the end of the
   file; -1: none. */
static int64_t find_end(const unsigned char *tail, int64_t size)
{
    for (int64_t i = size - END; i >= 0; i--)
        if (memcmp(tail + i, "PK\5\6", 4) == 0 &&
            i + END + number(tail + i + 20, 2) == size)
            return i;
    return -1;
}

/* Where fields are full, the 64-bit record has them. */
static cvr_status widen(cvr_stream *in, int64_t end, unsigned char **bytes, int64_t *room,
                        directory *d)
{
    cvr_status status = CVR_OK;
    CVR_TRY(read_at(in, end - LOCATOR, LOCATOR, bytes, room));
    if (memcmp(*bytes, "PK\6\7", 4) != 0)
        return CVR_OK;
    CVR_TRY(read_at(in, number(*bytes + 8, 8), END64, bytes, room));
    if (memcmp(*bytes, "PK\6\6", 4) != 0)
        return damaged(in, "its directory is wrong");
    d->size = number(*bytes + 40, 8);
    d->at = number(*bytes + 48, 8);
done:
    return status;
}

static cvr_status find_directory(cvr_stream *in, unsigned char **bytes, int64_t *room,
                                 directory *d)
{
    cvr_status status = CVR_OK;
    int64_t length = cvr_stream_length(in);
    int64_t tail = length < END + MOST_COMMENT ? length : END + MOST_COMMENT;
    CVR_TRY(read_at(in, length - tail, tail, bytes, room));
    int64_t end = find_end(*bytes, tail);
    if (end < 0)
        return damaged(in, "it is cut off: there is no directory at its end");
    const unsigned char *b = *bytes + end;
    *d = (directory){.size = number(b + 12, 4), .at = number(b + 16, 4)};
    if (number(b + 10, 2) == 0xffff || d->size == 0xffffffff || d->at == 0xffffffff)
        CVR_TRY(widen(in, length - tail + end, bytes, room, d));
done:
    return status;
}

/* ---- its entries ------------------------------------------------------------------- */

/* Sizes and place that are full are in the extra field of kind 1, in this order. */
static bool widen_entry(cvr_zip_entry *e, const unsigned char *extra, int64_t length)
{
    int64_t *const fields[] = {&e->size, &e->packed, &e->at};
    while (length >= 4) {
        int64_t kind = number(extra, 2), size = number(extra + 2, 2), at = 4;
        if (size > length - 4)
            return false;
        for (int i = 0; kind == 1 && i < 3; i++)
            if (*fields[i] == 0xffffffff && at + 8 <= size + 4) {
                *fields[i] = number(extra + at, 8);
                at += 8;
            }
        extra += 4 + size;
        length -= 4 + size;
    }
    return e->size >= 0 && e->packed >= 0 && e->at >= 0;
}

static bool ends_with(const unsigned char *name, int64_t length, const char *ending)
{
    int64_t size = (int64_t)strlen(ending);
    return length > size && memcmp(name + length - size, ending, (size_t)size) == 0;
}

/* The entry at b, of which `left` bytes are there; *size: what it takes of them. */
static cvr_status read_entry(cvr_stream *in, const unsigned char *b, int64_t left,
                             cvr_zip_entry *e, int64_t *size)
{
    if (left < ENTRY || memcmp(b, "PK\1\2", 4) != 0)
        return damaged(in, "its directory is wrong");
    int64_t name = number(b + 28, 2), extra = number(b + 30, 2);
    *size = ENTRY + name + extra + number(b + 32, 2);
    *e = (cvr_zip_entry){.flags = (int)number(b + 8, 2),
                         .method = (int)number(b + 10, 2),
                         .sum = (uint32_t)number(b + 16, 4),
                         .packed = number(b + 20, 4),
                         .size = number(b + 24, 4),
                         .at = number(b + 42, 4)};
    if (*size > left || !widen_entry(e, b + ENTRY + name, extra))
        return damaged(in, "its directory is wrong");
    return CVR_OK;
}

static cvr_status keep(cvr_zip_entry e, const unsigned char *name, int64_t length,
                       cvr_zip_entry **list, int *count)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_grow((void **)list, *count + 1, sizeof **list, "a list of arrays"));
    CVR_TRY(cvr_alloc(length + 1, 1, "a name", (void **)&e.name));
    memcpy(e.name, name, (size_t)length);
    (*list)[(*count)++] = e;
done:
    return status;
}

cvr_status cvr_zip_list(cvr_stream *in, const char *ending, cvr_zip_entry **list,
                        int *count)
{
    cvr_status status = CVR_OK;
    unsigned char *bytes = NULL;
    int64_t room = 0, size = 0;
    directory d = {0};
    cvr_zip_entry e;
    *list = NULL;
    *count = 0;
    if (cvr_stream_length(in) < 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: a zip archive cannot be read through a pipe or gzip",
                 cvr_stream_path(in));
    CVR_TRY(find_directory(in, &bytes, &room, &d));
    CVR_TRY(read_at(in, d.at, d.size, &bytes, &room));
    for (int64_t at = 0; at < d.size; at += size) {
        const unsigned char *name = bytes + at + ENTRY;
        CVR_TRY(read_entry(in, bytes + at, d.size - at, &e, &size));
        int64_t length = number(bytes + at + 28, 2);
        if (ends_with(name, length, ending))
            CVR_TRY(keep(e, name, length - (int64_t)strlen(ending), list, count));
    }
done:
    cvr_release(bytes);
    if (status != CVR_OK) {
        cvr_zip_free(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return status;
}

void cvr_zip_free(cvr_zip_entry *list, int count)
{
    for (int i = 0; i < count; i++)
        cvr_release(list[i].name);
    cvr_release(list);
}

/* ---- content ----------------------------------------------------------------------- */

cvr_status cvr_zip_open(cvr_stream *in, const cvr_zip_entry *e, cvr_substream *s)
{
    cvr_status status = CVR_OK;
    unsigned char *bytes = NULL;
    int64_t room = 0;
    const char *path = cvr_stream_path(in);
    if (e->flags & 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: %s is encrypted", path, e->name);
    if (e->method != 0 && e->method != 8)
        CVR_FAIL(CVR_BAD_DATA, "%s: %s is compressed by method %d; only deflate is read",
                 path, e->name, e->method);
    CVR_TRY(read_at(in, e->at, LOCAL, &bytes, &room));
    int64_t begin = e->at + LOCAL + number(bytes + 26, 2) + number(bytes + 28, 2);
    if (memcmp(bytes, "PK\3\4", 4) != 0 || begin > cvr_stream_length(in) - e->packed)
        CVR_TRY(damaged(in, "it is cut off, or its directory is wrong"));
    CVR_TRY(cvr_stream_seek(in, begin));
    CVR_TRY(cvr_substream_open(in, e->packed, e->method ? CVR_DEFLATE : CVR_PLAIN, s));
    s->summed = true;
done:
    cvr_release(bytes);
    return status;
}
