/* zlib's gzread, which hands plain files through as they are. */
#include "data/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/machine.h"

enum { HEAD = 32 << 10, BUFFER = 64 << 10, STEP = 1 << 20 };

struct cvr_stream {
    gzFile gz;
    char *path; /* as messages name it */
    int64_t offset, length;
    bool regular;
    int error;           /* errno of the first read, which the rest of zlib forgets */
    unsigned char *head; /* what peek has read ahead: head[given .. ahead) comes next */
    size_t ahead, given;
};

static cvr_status cannot_read(const char *path, int error)
{
    return cvr_fail(CVR_IO, "cannot read %s: %s", path, strerror(error ? error : EIO));
}

static bool standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

const char *cvr_stream_name(const char *path)
{
    return standard(path) ? "standard input" : path;
}

/* Standard input that is a file is opened anew where it stands, so that it can be read
   more than once; a pipe cannot. */
static int open_descriptor(const char *path)
{
    int fd = open(standard(path) ? "/dev/stdin" : path, O_RDONLY | O_CLOEXEC);
    off_t at = standard(path) ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
    if (standard(path) && fd < 0)
        return dup(STDIN_FILENO);
    if (at > 0)
        lseek(fd, at, SEEK_SET);
    return fd;
}

/* What else than a file is read: a pipe, and what somebody types. */
static int unreadable(int fd, const struct stat *file)
{
    return S_ISDIR(file->st_mode)                  ? EISDIR
           : S_ISCHR(file->st_mode) && !isatty(fd) ? ENODEV
                                                   : 0;
}

static cvr_status open_gz(const char *path, cvr_stream *in)
{
    struct stat file;
    int fd = open_descriptor(path);
    if (fd < 0)
        return cannot_read(in->path, errno);
    int error = fstat(fd, &file) != 0 ? errno : unreadable(fd, &file);
    if (!error && !(in->gz = gzdopen(fd, "rb")))
        error = ENOMEM;
    if (error) {
        close(fd);
        return error == ENODEV
                   ? cvr_fail(CVR_IO, "cannot read %s: it is a device, not a file",
                              in->path)
                   : cannot_read(in->path, error);
    }
    gzbuffer(in->gz, BUFFER);
    in->regular = S_ISREG(file.st_mode);
    in->length = in->regular ? (int64_t)(file.st_size - lseek(fd, 0, SEEK_CUR)) : -1;
    return CVR_OK;
}

cvr_status cvr_stream_open(const char *path, cvr_stream **in)
{
    cvr_status status = CVR_OK;
    cvr_stream *s = NULL;
    *in = NULL;
    CVR_TRY(cvr_alloc(1, sizeof *s, "an open file", (void **)&s));
    CVR_TRY(cvr_text_copy(cvr_stream_name(path), &s->path));
    CVR_TRY(open_gz(path, s));
    errno = 0;
    if (!gzdirect(s->gz))
        s->length = -1;
    s->error = errno;
    *in = s;
    s = NULL;
done:
    cvr_stream_close(s);
    return status;
}

void cvr_stream_close(cvr_stream *in)
{
    if (!in)
        return;
    if (in->gz)
        gzclose(in->gz);
    cvr_release(in->head);
    cvr_release(in->path);
    cvr_release(in);
}

const char *cvr_stream_path(const cvr_stream *in)
{
    return in->path;
}

int64_t cvr_stream_offset(const cvr_stream *in)
{
    return in->offset;
}

int64_t cvr_stream_length(const cvr_stream *in)
{
    return in->length;
}

bool cvr_stream_regular(const cvr_stream *in)
{
    return in->regular;
}

/* Bytes of the file itself that have been read. Of a compressed pipe only the least is
   known: a byte of it makes at most 1032. */
static int64_t taken(const cvr_stream *in)
{
    int64_t bytes = gzoffset(in->gz);
    if (bytes >= 0)
        return bytes;
    return gzdirect(in->gz) ? in->offset : in->offset / 1032;
}

cvr_status cvr_stream_justify(const cvr_stream *in, int64_t bytes, const char *what)
{
    static const int64_t FREE = 16 << 20, EACH = 32;
    if (bytes <= FREE)
        return CVR_OK;
    if (bytes / EACH > taken(in))
        return cvr_fail(CVR_BAD_DATA,
                        "%s: %s takes %lld MiB or more, which %lld bytes of the file do "
                        "not justify",
                        in->path, what, (long long)(bytes >> 20), (long long)taken(in));
    if (bytes > cvr_memory_available())
        return cvr_fail(CVR_NO_MEMORY, "%s: %s needs more memory than is free", in->path,
                        what);
    return CVR_OK;
}

/* gzread reports cut data only together with a short count. */
static cvr_status check(const cvr_stream *in, int64_t at)
{
    int error = Z_OK;
    const char *detail = gzerror(in->gz, &error);
    if (error == Z_OK || error == Z_STREAM_END)
        return CVR_OK;
    if (error == Z_ERRNO)
        return cannot_read(in->path, errno ? errno : in->error);
    if (error == Z_MEM_ERROR)
        return cvr_fail(CVR_NO_MEMORY, "%s: no memory to decompress", in->path);
    if (error == Z_BUF_ERROR)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: the compressed data are cut off: they end in the middle, "
                        "after %lld bytes of content",
                        in->path, (long long)at);
    return cvr_fail(
        CVR_BAD_DATA,
        "%s: the compressed data are damaged after %lld bytes of content (%s)", in->path,
        (long long)at, detail);
}

static cvr_status read_gz(cvr_stream *in, unsigned char *bytes, size_t size, size_t *got)
{
    int n = 1;
    *got = 0;
    while (*got < size && n > 0) {
        size_t want = size - *got < STEP ? size - *got : STEP;
        errno = 0;
        n = gzread(in->gz, bytes + *got, (unsigned)want);
        *got += n > 0 ? (size_t)n : 0;
    }
    return *got < size ? check(in, in->offset + (int64_t)*got) : CVR_OK;
}

cvr_status cvr_stream_read(cvr_stream *in, void *bytes, size_t size, size_t *got)
{
    size_t ready = in->ahead - in->given, more = 0;
    ready = ready < size ? ready : size;
    if (ready)
        memcpy(bytes, in->head + in->given, ready);
    in->given += ready;
    in->offset += (int64_t)ready;
    cvr_status status = CVR_OK;
    if (ready < size)
        status = read_gz(in, (unsigned char *)bytes + ready, size - ready, &more);
    in->offset += (int64_t)more;
    *got = ready + more;
    return status;
}

cvr_status cvr_stream_seek(cvr_stream *in, int64_t offset)
{
    CVR_ASSERT(in->length >= 0);
    in->ahead = in->given = 0;
    in->offset = offset;
    errno = 0;
    return gzseek(in->gz, offset, SEEK_SET) == offset ? CVR_OK
                                                      : cannot_read(in->path, errno);
}

cvr_status cvr_stream_room(unsigned char **bytes, int64_t *room, int64_t got,
                           int64_t size, size_t *part)
{
    cvr_status status = CVR_OK;
    if (got == *room) {
        int64_t next = *room < STEP ? STEP : *room * 2;
        next = next < size ? next : size;
        CVR_TRY(cvr_grow((void **)bytes, next, 1, "file content"));
        *room = next;
    }
    *part = (size_t)((size < *room ? size : *room) - got);
done:
    return status;
}

cvr_status cvr_stream_take(cvr_stream *in, int64_t size, unsigned char **bytes,
                           int64_t *room, int64_t *got)
{
    cvr_status status = CVR_OK;
    size_t more = 1, part = 0;
    *got = 0;
    while (*got < size && more > 0) {
        CVR_TRY(cvr_stream_room(bytes, room, *got, size, &part));
        CVR_TRY(cvr_stream_read(in, *bytes + *got, part, &more));
        *got += (int64_t)more;
    }
done:
    return status;
}

cvr_status cvr_stream_peek(cvr_stream *in, const unsigned char **head, size_t *size)
{
    cvr_status status = CVR_OK;
    if (!in->head) {
        CVR_TRY(cvr_alloc(HEAD, 1, "the head of a file", (void **)&in->head));
        CVR_TRY(read_gz(in, in->head, HEAD, &in->ahead));
    }
    *head = in->head;
    *size = in->ahead;
done:
    return status;
}
