/* A lock belongs to an open file, not to its name: a replaced file takes it along. */
#define _GNU_SOURCE
#include "base/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static bool same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

bool cvr_owner_other(const cvr_owner *o, const char *path)
{
    int file = open_file(path);
    bool other = false;
    if (file < 0)
        return false;
    if (!(o->held && same_file(file, o->file)))
        other = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(file);
    return other;
}

void cvr_owner_claim(cvr_owner *o, const char *path)
{
    int file = open_file(path);
    cvr_owner_free(o);
    if (file < 0)
        return;
    o->held = flock(file, LOCK_EX | LOCK_NB) == 0;
    o->file = file;
    if (!o->held)
        close(file);
}

void cvr_owner_free(cvr_owner *o)
{
    if (o->held)
        close(o->file);
    o->held = false;
}
