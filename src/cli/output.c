/* Standard output: whether what was printed has arrived. */
#define _GNU_SOURCE
#include "cli/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool gone;

bool cli_reader_gone(void)
{
    return gone;
}

bool cli_is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* Of a pipe whose reading end is closed. */
cvr_status cli_check_reader(cvr_status status)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (status == CVR_IO && poll(&out, 1, 0) == 1 && out.revents & POLLERR)
        gone = true;
    return status;
}

/* An earlier write has failed and its errno is lost: one more write gives it again. */
static int write_error(void)
{
    errno = 0;
    return write(STDOUT_FILENO, "\n", 1) < 0 && errno ? errno : EIO;
}

cvr_status cli_flush(void)
{
    errno = 0;
    bool arrived = fflush(stdout) == 0;
    int reason = errno;
    if (arrived && !ferror(stdout))
        return CVR_OK;
    return cli_check_reader(cvr_fail(CVR_IO, "standard output: cannot write: %s",
                                     strerror(reason ? reason : write_error())));
}
