/* zlib's inflate over a part of a file. */
#include "data/substream.h"

#include <string.h>
#include <zlib.h>

#include "base/bytes.h"

enum { BUFFER = 64 << 10, STEP = 1 << 20 };

typedef struct unpacker {
    z_stream z;
    bool ended;
    unsigned char buffer[BUFFER];
} unpacker;

cvr_status cvr_stream_skip(cvr_stream *in, int64_t size, int64_t *got)
{
    cvr_status status = CVR_OK;
    enum { PART = 4096 };
    unsigned char away[PART];
    size_t more = 1;
    *got = 0;
    if (cvr_stream_length(in) >= 0) {
        int64_t at = cvr_stream_offset(in), left = cvr_stream_length(in) - at;
        *got = size < left ? size : left > 0 ? left : 0;
        return cvr_stream_seek(in, at + *got);
    }
    while (*got < size && more > 0) {
        int64_t want = size - *got < PART ? size - *got : PART;
        CVR_TRY(cvr_stream_read(in, away, (size_t)want, &more));
        *got += (int64_t)more;
    }
done:
    return status;
}

cvr_status cvr_substream_open(cvr_stream *in, int64_t length, cvr_packing packing,
                              cvr_substream *s)
{
    cvr_status status = CVR_OK;
    *s = (cvr_substream){.in = in, .left = length};
    if (packing == CVR_PLAIN)
        return CVR_OK;
    CVR_TRY(cvr_alloc(1, sizeof(unpacker), "a decompressor", &s->unpack));
    unpacker *u = s->unpack;
    if (inflateInit2(&u->z, packing == CVR_ZLIB ? MAX_WBITS : -MAX_WBITS) != Z_OK) {
        cvr_release(s->unpack);
        s->unpack = NULL;
        CVR_FAIL(CVR_NO_MEMORY, "%s: no memory to decompress", cvr_stream_path(in));
    }
done:
    return status;
}

void cvr_substream_close(cvr_substream *s)
{
    unpacker *u = s->unpack;
    if (u)
        inflateEnd(&u->z);
    cvr_release(u);
    *s = (cvr_substream){0};
}

cvr_status cvr_substream_skip(cvr_substream *s, bool *whole)
{
    int64_t got = 0;
    cvr_status status = cvr_stream_skip(s->in, s->left, &got);
    *whole = got == s->left;
    cvr_substream_close(s);
    return status;
}

static cvr_status read_plain(cvr_substream *s, void *bytes, size_t size, size_t *got)
{
    size_t want = (int64_t)size < s->left ? size : (size_t)s->left;
    cvr_status status = cvr_stream_read(s->in, bytes, want, got);
    s->left -= (int64_t)*got;
    return status;
}

static cvr_status feed(cvr_substream *s, unpacker *u)
{
    size_t got = 0;
    cvr_status status = read_plain(s, u->buffer, BUFFER, &got);
    u->z.next_in = u->buffer;
    u->z.avail_in = (unsigned)got;
    if (status == CVR_OK && got == 0)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: byte %lld: the compressed data are cut off: they end in the "
                        "middle, after %lld bytes of content",
                        cvr_stream_path(s->in), (long long)cvr_stream_offset(s->in),
                        (long long)s->offset);
    return status;
}

static cvr_status damaged(const cvr_substream *s, const unpacker *u, int code)
{
    const char *path = cvr_stream_path(s->in);
    if (code == Z_MEM_ERROR)
        return cvr_fail(CVR_NO_MEMORY, "%s: no memory to decompress", path);
    return cvr_fail(CVR_BAD_DATA,
                    "%s: byte %lld: the compressed data are damaged after %lld bytes of "
                    "content (%s)",
                    path, (long long)cvr_stream_offset(s->in) - u->z.avail_in,
                    (long long)s->offset, u->z.msg ? u->z.msg : "no zlib data");
}

/* Up to size bytes, at most STEP; *got is 0 only at the end. */
static cvr_status inflate_some(cvr_substream *s, void *bytes, size_t size, size_t *got)
{
    cvr_status status = CVR_OK;
    unpacker *u = s->unpack;
    unsigned want = size < STEP ? (unsigned)size : STEP;
    u->z.next_out = bytes;
    u->z.avail_out = want;
    while (u->z.avail_out == want && !u->ended) {
        if (u->z.avail_in == 0)
            CVR_TRY(feed(s, u));
        int code = inflate(&u->z, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END)
            return damaged(s, u, code);
        u->ended = code == Z_STREAM_END;
    }
done:
    *got = want - u->z.avail_out;
    return status;
}

static size_t read_held(cvr_substream *s, void *bytes, size_t size)
{
    size_t have = (size_t)s->held_left, given = size < have ? size : have;
    if (given > 0)
        memcpy(bytes, s->held + sizeof s->held - have, given);
    s->held_left -= (int)given;
    s->offset += (int64_t)given;
    return given;
}

cvr_status cvr_substream_read(cvr_substream *s, void *bytes, size_t size, size_t *got)
{
    cvr_status status = CVR_OK;
    size_t more = 1;
    *got = read_held(s, bytes, size);
    while (*got < size && more > 0) {
        unsigned char *to = (unsigned char *)bytes + *got;
        CVR_TRY(s->unpack ? inflate_some(s, to, size - *got, &more)
                          : read_plain(s, to, size - *got, &more));
        if (s->summed)
            s->sum = (uint32_t)crc32(s->sum, to, (unsigned)more);
        *got += more;
        s->offset += (int64_t)more;
    }
done:
    return status;
}

cvr_status cvr_substream_take(cvr_substream *s, int64_t size, unsigned char **bytes,
                              int64_t *room, int64_t *got)
{
    cvr_status status = CVR_OK;
    size_t more = 1, part = 0;
    *got = 0;
    while (*got < size && more > 0) {
        CVR_TRY(cvr_stream_room(bytes, room, *got, size, &part));
        if (s->proportionate)
            CVR_TRY(cvr_stream_justify(s->in, *room, "an array"));
        CVR_TRY(cvr_substream_read(s, *bytes + *got, part, &more));
        *got += (int64_t)more;
    }
done:
    return status;
}
