/* The files that results go to: one that cannot be written, or that is read or written
   for another purpose, is an error before a long run. */
#include "cli/output_paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"

/* Options that name a file to write. replaced: not written in place. */
static const struct {
    const char *name;
    bool replaced;
} written[] = {{"output", true}, {"checkpoint", true}, {"log", false}};

/* Options that name files to read, which must not be overwritten. */
static const char *const kept[] = {"data",        "test",  "labels",
                                   "test-labels", "gates", "start"};

enum { WRITTEN = sizeof written / sizeof *written, KEPT = sizeof kept / sizeof *kept };

/* A file that is replaced needs its folder; a device or a log (written in place) itself,
   once it is there. */
static bool writable(const char *path, bool replaced)
{
    struct stat about;
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";
    bool there = stat(path, &about) == 0;
    if (there && S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (there && !(replaced && S_ISREG(about.st_mode)))
        return access(path, W_OK) == 0;
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    return access(folder, W_OK | X_OK) == 0;
}

/* A file, there or not; a device may be named by many. */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    bool is_a = stat(a, &x) == 0, is_b = stat(b, &y) == 0;
    if (is_a && is_b)
        return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    return !is_a && !is_b && strcmp(a, b) == 0;
}

static bool reads(const cli_call *call, const char *name, const char *path)
{
    const cvr_settings *s = call->settings;
    for (int i = 0; i < cvr_settings_count(s, name); i++)
        if (same_file(cvr_settings_list(s, name)[i], path))
            return true;
    return false;
}

static cvr_status check(const cli_call *call, int i)
{
    const char *path = cvr_settings_text(call->settings, written[i].name);
    if (!path || (call->command->streams && cli_is_standard(path)))
        return CVR_OK;
    if (cli_is_standard(path))
        return cvr_fail(CVR_USAGE,
                        "--%s: standard output (-) is used for the result: name a file",
                        written[i].name);
    for (int k = 0; k < i; k++) {
        const char *other = cvr_settings_text(call->settings, written[k].name);
        if (other && same_file(other, path))
            return cvr_fail(CVR_USAGE, "--%s and --%s name the same file",
                            written[k].name, written[i].name);
    }
    for (int k = 0; k < KEPT; k++)
        if (reads(call, kept[k], path))
            return cvr_fail(CVR_USAGE, "--%s and --%s name the same file", kept[k],
                            written[i].name);
    if (!writable(path, written[i].replaced))
        return cvr_fail(CVR_IO, "cannot write %s: %s", path, strerror(errno));
    return CVR_OK;
}

cvr_status cli_check_output_paths(const cli_call *call)
{
    cvr_status status = CVR_OK;
    bool first = cvr_comm_rank(call->comm) == 0;
    for (int i = 0; first && status == CVR_OK && i < WRITTEN; i++)
        status = check(call, i);
    return cvr_allreduce_status(call->comm, status);
}
