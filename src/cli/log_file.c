/* The file of --log: a JSON object a line, each by one write behind what is there, so
   that lines stay whole also when several runs write to one file. A run that resumes from
   a checkpoint continues the log too: lines of later measurements, which are made again,
   are cut off. A log that cannot be written costs nothing but itself. */
#define _GNU_SOURCE
#include "cli/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/message.h"

/* Lines of a search for an option come before the run and have a fold. */
static bool is_kept(const char *line, int64_t from)
{
    json_t *object = json_loads(line, 0, NULL);
    const json_t *iterations = json_object_get(object, "iterations");
    bool whole = json_is_integer(iterations);
    bool kept = whole && (json_object_get(object, "fold") ||
                          json_integer_value(iterations) < from);
    json_decref(object);
    return kept;
}

/* Bytes of the lines before the first that does not stay. */
static off_t length_before(FILE *file, int64_t from)
{
    char *line = NULL;
    size_t room = 0;
    off_t length = 0;
    ssize_t got;
    while ((got = getline(&line, &room, file)) > 0 && line[got - 1] == '\n' &&
           is_kept(line, from))
        length += got;
    free(line);
    return length;
}

static cvr_status cannot_write(const char *path, int reason)
{
    return cvr_fail(CVR_IO, "cannot write %s: %s", path, strerror(reason));
}

/* To the lines that stay; from < 0: to nothing. Devices and pipes have no length. */
static cvr_status cut(const cli_log *log, int64_t from)
{
    struct stat about;
    off_t length = 0;
    FILE *file = from >= 0 ? fopen(log->path, "r") : NULL;
    if (file) {
        length = length_before(file, from);
        fclose(file);
    }
    if (fstat(log->file, &about) == 0 && S_ISREG(about.st_mode) &&
        ftruncate(log->file, length) != 0)
        return cannot_write(log->path, errno);
    return CVR_OK;
}

/* Whether no other run writes here; true where files cannot be locked. */
static bool lock(const cli_log *log)
{
    return flock(log->file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

cvr_status cli_log_open(const cli_call *call, const char *path, int64_t from,
                        cli_log *log)
{
    cvr_status status = CVR_OK;
    *log = (cli_log){.path = path};
    log->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log->file < 0)
        return cannot_write(path, errno);
    log->open = true;
    log->exclusive = lock(log);
    if (log->exclusive)
        return cut(log, from);
    cli_message(call,
                "cvxrelu: another run writes to %s: its lines and those of this run are "
                "mixed",
                path);
    return status;
}

/* 0, or the reason why not all has been written. */
static int write_all(int file, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, text, size);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written == 0)
            return EIO;
        text += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

/* Half a line is taken away again. */
bool cli_log_write(cli_log *log, const json_t *line)
{
    size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(15);
    char *text = log->open && log->failure == 0 ? json_dumps(line, flags) : NULL;
    size_t length = text ? strlen(text) : 0;
    off_t end = text ? lseek(log->file, 0, SEEK_END) : -1;
    if (!text)
        return true;
    text[length] = '\n'; /* in the place of its end */
    log->failure = write_all(log->file, text, length + 1);
    free(text);
    if (log->failure != 0 && log->exclusive && end >= 0 && ftruncate(log->file, end) != 0)
        log->exclusive = false; /* a device, or no longer there: nothing to take away */
    return log->failure == 0;
}

cvr_status cli_log_close(cli_log *log)
{
    bool failed = log->open && close(log->file) != 0;
    int reason = log->failure ? log->failure : failed ? errno : 0;
    log->open = false;
    return reason ? cannot_write(log->path, reason) : CVR_OK;
}
