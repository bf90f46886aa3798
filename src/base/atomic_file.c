/* Temporary file, fsync, rename, fsync of the folder. Who writes a temporary file holds a
   lock on it, so that the others can tell it from one of the dead. */
#define _GNU_SOURCE
#include "base/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cvxrelu/file.h>

#include "base/bytes.h"

enum { TRIES = 100 };

static cvr_status cannot_write(const char *path, int error)
{
    return cvr_fail(CVR_IO, "cannot write %s: %s", path, strerror(error));
}

/* path with symbolic links followed, so that a link survives the rename. */
static cvr_status resolve(const char *path, char **real)
{
    char *found = realpath(path, NULL);
    cvr_status status = cvr_text_copy(found ? found : path, real);
    free(found);
    return status;
}

#define MARK ".tmp-"

/* The folder of a path, and the rest: folder may be path's own memory, cut. */
static cvr_status split(const char *path, char **folder, const char **base)
{
    cvr_status status = cvr_text_copy(path, folder);
    const char *slash = strrchr(path, '/');
    *base = slash ? slash + 1 : path;
    if (status == CVR_OK && slash)
        (*folder)[slash > path ? slash - path : 1] = '\0';
    else if (status == CVR_OK)
        strcpy(*folder, strlen(path) > 0 ? "." : "");
    return status;
}

/* ---- temporary files --------------------------------------------------------------- */

/* path.tmp-PROCESS-TRY */
static void name_temporary(cvr_atomic *a, int try)
{
    snprintf(a->temporary, strlen(a->path) + 48, "%s" MARK "%ld-%d", a->path,
             (long)getpid(), try);
}

/* base.tmp-NUMBER-NUMBER */
static bool is_temporary(const char *name, const char *base)
{
    size_t length = strlen(base), mark = strlen(MARK);
    int end = 0;
    if (strncmp(name, base, length) != 0 || strncmp(name + length, MARK, mark) != 0)
        return false;
    sscanf(name + length + mark, "%*[0-9]-%*[0-9]%n", &end);
    return end > 0 && name[length + mark + (size_t)end] == '\0';
}

/* Removes what somebody died over: a temporary file of this path that nobody has locked.
   What cannot be looked at stays. */
static void sweep(const char *folder, const char *base)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        int fd = -1;
        if (is_temporary(e->d_name, base))
            fd = openat(dirfd(dir), e->d_name,
                        O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            unlinkat(dirfd(dir), e->d_name, 0);
        if (fd >= 0)
            close(fd);
    }
    if (dir)
        closedir(dir);
}

/* A file of that name that is ours; -1 and EEXIST: somebody else's, or
   just swept away. */
static int open_named(const char *path, mode_t mode)
{
    struct stat about;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool swept = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    swept = swept || (fd >= 0 && fstat(fd, &about) == 0 && about.st_nlink == 0);
    if (!swept)
        return fd;
    close(fd);
    errno = EEXIST;
    return -1;
}

/* Without a name, where that is to be had and a name can be given later; else -1. */
static int open_nameless(const char *folder, mode_t mode)
{
    int fd = -1;
    if (access("/proc/self/fd", X_OK) == 0)
        fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
    if (fd >= 0)
        (void)!flock(fd, LOCK_EX | LOCK_NB);
    return fd;
}

static int make_temporary(cvr_atomic *a, const char *folder, mode_t mode)
{
    int fd = open_nameless(folder, mode);
    name_temporary(a, 0);
    for (int i = 0; fd < 0 && i < TRIES; i++) {
        name_temporary(a, i);
        fd = open_named(a->temporary, mode);
        a->named = fd >= 0;
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

static cvr_status open_temporary(cvr_atomic *a, mode_t mode, int *fd)
{
    char *folder = NULL;
    const char *base;
    cvr_status status = CVR_OK;
    CVR_TRY(split(a->path, &folder, &base));
    CVR_TRY(cvr_alloc((int64_t)strlen(a->path) + 48, 1, "a file name",
                      (void **)&a->temporary));
    sweep(folder, base);
    *fd = make_temporary(a, folder, mode);
    if (*fd < 0)
        status = cannot_write(a->path, errno);
done:
    cvr_release(folder);
    return status;
}

/* Gives a nameless file its temporary name. */
static bool give_name(cvr_atomic *a)
{
    char own[32];
    int code = a->named ? 0 : -1;
    snprintf(own, sizeof own, "/proc/self/fd/%d", fileno(a->file));
    for (int i = 0; code != 0 && i < TRIES; i++) {
        name_temporary(a, i);
        code = linkat(AT_FDCWD, own, AT_FDCWD, a->temporary, AT_SYMLINK_FOLLOW);
        if (code != 0 && errno != EEXIST)
            break;
    }
    a->named = code == 0;
    return a->named;
}

/* ---- opening ----------------------------------------------------------------------- */

static cvr_status open_descriptor(cvr_atomic *a, int *fd)
{
    struct stat old;
    bool exists = stat(a->path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode))
        return cannot_write(a->path, EISDIR);
    if (exists && access(a->path, W_OK) != 0)
        return cannot_write(a->path, errno);
    if (!exists || S_ISREG(old.st_mode)) {
        cvr_status status = open_temporary(a, 0666, fd);
        if (status == CVR_OK && exists && fchmod(*fd, old.st_mode & 07777) != 0)
            status = cannot_write(a->path, errno);
        return status;
    }
    *fd = open(a->path, O_WRONLY | O_CLOEXEC);
    return *fd < 0 ? cannot_write(a->path, errno) : CVR_OK;
}

static cvr_status open_standard(cvr_atomic *a, int *fd)
{
    cvr_status status = cvr_text_copy("standard output", &a->path);
    if (status == CVR_OK && (*fd = dup(STDOUT_FILENO)) < 0)
        status = cannot_write(a->path, errno);
    return status;
}

cvr_status cvr_atomic_open(const char *path, cvr_atomic *a)
{
    cvr_status status = CVR_OK;
    bool standard = strcmp(path, "-") == 0;
    int fd = -1;
    *a = (cvr_atomic){0};
    if (!standard)
        CVR_TRY(resolve(path, &a->path));
    CVR_TRY(standard ? open_standard(a, &fd) : open_descriptor(a, &fd));
    if (!(a->file = fdopen(fd, "wb")))
        CVR_TRY(cannot_write(path, errno));
done:
    if (status != CVR_OK && fd >= 0 && !a->file)
        close(fd);
    if (status != CVR_OK)
        cvr_atomic_discard(a);
    return status;
}

cvr_status cvr_atomic_write(cvr_atomic *a, const void *bytes, size_t size)
{
    errno = EIO;
    if (fwrite(bytes, 1, size, a->file) != size)
        return cannot_write(a->path, errno);
    return CVR_OK;
}

/* Pipes and terminals cannot be synced and need not be. */
static bool synced(FILE *file)
{
    return fsync(fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP ||
           errno == EROFS;
}

/* The rename itself lasts once the folder is on the disk; nothing is lost if that is
   refused (some file systems do), so it is not an error. */
static void sync_folder(const char *path)
{
    char *folder = NULL;
    const char *base;
    if (split(path, &folder, &base) != CVR_OK)
        return;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!fsync(fd);
        close(fd);
    }
    cvr_release(folder);
}

/* An earlier write has failed and its reason is gone: one more byte tells it again. */
static int write_error(FILE *file)
{
    clearerr(file);
    errno = 0;
    return (fputc('\n', file) == EOF || fflush(file) != 0) && errno ? errno : EIO;
}

cvr_status cvr_atomic_commit(cvr_atomic *a)
{
    cvr_status status = CVR_OK;
    if (ferror(a->file))
        CVR_TRY(cannot_write(a->path, write_error(a->file)));
    errno = EIO;
    if (fflush(a->file) != 0 || !synced(a->file))
        CVR_TRY(cannot_write(a->path, errno));
    if (a->temporary && (!give_name(a) || rename(a->temporary, a->path) != 0))
        CVR_TRY(cannot_write(a->path, errno));
    a->named = false;
    FILE *file = a->file;
    a->file = NULL;
    if (fclose(file) != 0)
        CVR_TRY(cannot_write(a->path, errno));
    if (a->temporary)
        sync_folder(a->path);
done:
    cvr_atomic_discard(a);
    return status;
}

void cvr_atomic_discard(cvr_atomic *a)
{
    if (a->file)
        fclose(a->file);
    if (a->named)
        unlink(a->temporary);
    cvr_release(a->temporary);
    cvr_release(a->path);
    *a = (cvr_atomic){0};
}

cvr_status cvr_file_write(const char *path, const void *bytes, size_t size)
{
    cvr_atomic out = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_atomic_open(path, &out));
    CVR_TRY(cvr_atomic_write(&out, bytes, size));
    CVR_TRY(cvr_atomic_commit(&out));
done:
    cvr_atomic_discard(&out);
    return status;
}
