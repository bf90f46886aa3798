/* Temporary file, fsync, rename, fsync of the folder. */
#include "base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
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

/* path.tmp-PROCESS-TRY, made here and by nobody else. */
static cvr_status make_temporary(cvr_atomic *a, mode_t mode, int *fd)
{
    cvr_status status = CVR_OK;
    size_t room = strlen(a->path) + 48;
    CVR_TRY(cvr_alloc((int64_t)room, 1, "a file name", (void **)&a->temporary));
    *fd = -1;
    for (int i = 0; *fd < 0 && i < TRIES; i++) {
        snprintf(a->temporary, room, "%s.tmp-%ld-%d", a->path, (long)getpid(), i);
        *fd = open(a->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (*fd < 0 && errno != EEXIST)
            break;
    }
    if (*fd < 0) {
        status = cannot_write(a->path, errno);
        cvr_release(a->temporary);
        a->temporary = NULL;
    }
done:
    return status;
}

static cvr_status open_descriptor(cvr_atomic *a, int *fd)
{
    struct stat old;
    bool exists = stat(a->path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode))
        return cannot_write(a->path, EISDIR);
    if (exists && access(a->path, W_OK) != 0)
        return cannot_write(a->path, errno);
    if (!exists || S_ISREG(old.st_mode)) {
        cvr_status status = make_temporary(a, 0666, fd);
        if (status == CVR_OK && exists && fchmod(*fd, old.st_mode & 07777) != 0)
            status = cannot_write(a->path, errno);
        return status;
    }
    *fd = open(a->path, O_WRONLY | O_CLOEXEC);
    return *fd < 0 ? cannot_write(a->path, errno) : CVR_OK;
}

cvr_status cvr_atomic_open(const char *path, cvr_atomic *a)
{
    cvr_status status = CVR_OK;
    int fd = -1;
    *a = (cvr_atomic){0};
    CVR_TRY(resolve(path, &a->path));
    CVR_TRY(open_descriptor(a, &fd));
    if (!(a->file = fdopen(fd, "wb")))
        CVR_FAIL(CVR_IO, "cannot write %s: %s", path, strerror(errno));
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
    if (cvr_text_copy(path, &folder) != CVR_OK)
        return;
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!fsync(fd);
        close(fd);
    }
    cvr_release(folder);
}

cvr_status cvr_atomic_commit(cvr_atomic *a)
{
    cvr_status status = CVR_OK;
    errno = EIO;
    if (fflush(a->file) != 0 || ferror(a->file) || !synced(a->file))
        CVR_FAIL(CVR_IO, "cannot write %s: %s", a->path, strerror(errno));
    FILE *file = a->file;
    a->file = NULL;
    if (fclose(file) != 0)
        CVR_FAIL(CVR_IO, "cannot write %s: %s", a->path, strerror(errno));
    if (a->temporary && rename(a->temporary, a->path) != 0)
        CVR_FAIL(CVR_IO, "cannot write %s: %s", a->path, strerror(errno));
    if (a->temporary)
        sync_folder(a->path);
    cvr_release(a->temporary);
    a->temporary = NULL;
done:
    cvr_atomic_discard(a);
    return status;
}

void cvr_atomic_discard(cvr_atomic *a)
{
    if (a->file)
        fclose(a->file);
    if (a->temporary)
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
