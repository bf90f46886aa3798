/* The table of formats, and which of them a file is. */
#include "data/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "data/foreign.h"

#define ADDRESS(name) &cvr_format_##name,
#define LISTED(name) #name ", "
static const cvr_format *const formats[] = {CVR_FORMATS_READ(ADDRESS)};
static const char names[] = CVR_FORMATS_READ(LISTED) "plain or compressed (.gz)";
enum { FORMATS = sizeof formats / sizeof *formats };

static const cvr_format *named(const char *name)
{
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

static cvr_status unknown(const char *path, const unsigned char *head, size_t size)
{
    char bytes[16] = "";
    for (size_t i = 0; i < size && i < 4; i++)
        snprintf(bytes + 3 * i, 4, " %02x", head[i]);
    cvr_fail(CVR_BAD_DATA, "%s: no supported format begins with the bytes%s", path,
             bytes);
    cvr_hint("formats that are read: %s", names);
    return CVR_BAD_DATA;
}

static cvr_status choose(cvr_reader *r, const char *format)
{
    const unsigned char *head = NULL;
    size_t size = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_stream_peek(r->in, &head, &size));
    if (size == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: the file is empty", r->path);
    r->format = format ? named(format) : NULL;
    if (!format)
        CVR_TRY(cvr_foreign_check(r->path, head, size));
    if (format && !r->format) {
        status = cvr_fail(CVR_USAGE, "unknown format '%s'", format);
        cvr_hint("formats that are read: %s", names);
    }
    for (int i = 0; !format && !r->format && i < FORMATS; i++)
        if (formats[i]->sniff(head, size))
            r->format = formats[i];
    if (!format && !r->format)
        status = unknown(r->path, head, size);
done:
    return status;
}

cvr_dialect cvr_reader_dialect(const cvr_load *how)
{
    return (cvr_dialect){.delimiter = how->delimiter, .decimal = how->decimal};
}

cvr_status cvr_reader_open(cvr_reader *r, const char *path, const char *format)
{
    cvr_status status = CVR_OK;
    r->file = path;
    r->path = cvr_stream_name(path);
    CVR_TRY(cvr_stream_open(path, &r->in));
    CVR_TRY(choose(r, format));
    CVR_TRY(r->format->open(r));
done:
    if (status != CVR_OK)
        cvr_reader_close(r);
    return status;
}

const char *cvr_reader_target(const cvr_reader *r, int64_t columns)
{
    bool bare = r->like && !r->target &&
                (columns == r->like->raw_features || columns == r->like->features);
    return bare ? "none" : r->target;
}

cvr_status cvr_reader_next(cvr_reader *r, cvr_row *row, bool *end)
{
    *row = (cvr_row){0};
    *end = false;
    return r->format->next(r, row, end);
}

void cvr_reader_close(cvr_reader *r)
{
    if (r->format)
        r->format->close(r);
    cvr_stream_close(r->in);
    *r = (cvr_reader){0};
}
