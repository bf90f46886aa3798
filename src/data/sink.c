#include "data/sink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"

static cvr_status cannot_write(const cvr_sink *s, int error)
{
    return cvr_fail(CVR_IO, "cannot write %s: %s", s->out.path,
                    strerror(error ? error : EIO));
}

cvr_status cvr_sink_open(const char *path, bool compress, cvr_sink *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_atomic_open(path, &s->out));
    if (!compress)
        goto done;
    int fd = dup(fileno(s->out.file));
    if (fd < 0 || !(s->gz = gzdopen(fd, "wb1"))) {
        status = cannot_write(s, fd < 0 ? errno : ENOMEM);
        if (fd >= 0)
            close(fd);
    }
done:
    return status;
}

cvr_status cvr_sink_put(cvr_sink *s, const void *bytes, size_t size)
{
    errno = 0;
    if (!s->gz)
        return cvr_atomic_write(&s->out, bytes, size);
    return gzwrite(s->gz, bytes, (unsigned)size) == (int)size ? CVR_OK
                                                              : cannot_write(s, errno);
}

cvr_status cvr_sink_commit(cvr_sink *s)
{
    errno = 0;
    gzFile gz = s->gz;
    s->gz = NULL;
    if (gz && gzclose(gz) != Z_OK)
        return cannot_write(s, errno);
    return cvr_atomic_commit(&s->out);
}

void cvr_sink_close(cvr_sink *s)
{
    if (s->gz)
        gzclose(s->gz);
    cvr_atomic_discard(&s->out);
}
