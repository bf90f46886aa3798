/* Data from standard input (--data -). A command may read its data several times (to
   count rows, in each run of a comparison), and some formats are read twice; so a pipe is
   kept in a nameless temporary file, which becomes standard input. */
#include "cli/standard_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"

/* Options that name files of data. */
static const char *const options[] = {"data",        "test",  "labels",
                                      "test-labels", "gates", "start"};

/* How often "-" is named. */
static int times_named(const cli_call *call)
{
    const cvr_settings *s = call->settings;
    int count = 0;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        for (int k = 0; k < cvr_settings_count(s, options[i]); k++)
            count += cli_is_standard(cvr_settings_list(s, options[i])[k]);
    return count +
           (call->command->reads_positional && cli_is_standard(call->positional[0]));
}

static cvr_status cannot_save(const char *folder)
{
    cvr_fail(CVR_IO, "cannot keep standard input in %s: %s", folder, strerror(errno));
    cvr_hint("TMPDIR names another folder for temporary files");
    return CVR_IO;
}

/* A file without a name in TMPDIR. */
static int temporary(const char *folder)
{
    char name[4096];
    snprintf(name, sizeof name, "%.4000s/cvxrelu-XXXXXX", folder);
    int fd = mkstemp(name);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static cvr_status copy(int to, const char *folder)
{
    char bytes[1 << 16];
    ssize_t got = 0;
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < got;) {
            ssize_t put = write(to, bytes + at, (size_t)(got - at));
            if (put < 0)
                return cannot_save(folder);
            at += put;
        }
    return got < 0 ? cvr_fail(CVR_IO, "cannot read standard input: %s", strerror(errno))
                   : CVR_OK;
}

static cvr_status save_to_file(void)
{
    const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    int fd = temporary(folder);
    cvr_status status = fd < 0 ? cannot_save(folder) : copy(fd, folder);
    if (status == CVR_OK &&
        (lseek(fd, 0, SEEK_SET) != 0 || dup2(fd, STDIN_FILENO) != STDIN_FILENO))
        status = cannot_save(folder);
    if (fd >= 0)
        close(fd);
    return status;
}

cvr_status cli_open_standard_input(const cli_call *call)
{
    struct stat about;
    int count = times_named(call);
    if (count == 0)
        return CVR_OK;
    if (count > 1)
        return cvr_fail(CVR_USAGE, "standard input (-) is named %d times", count);
    if (cvr_comm_size(call->comm) > 1) {
        cvr_fail(CVR_USAGE, "standard input (-) cannot be read by %d processes",
                 cvr_comm_size(call->comm));
        cvr_hint("write it to a file that all processes see");
        return CVR_USAGE;
    }
    return fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode) ? CVR_OK
                                                                      : save_to_file();
}
