/* The file of --log: a JSON object a line. A run that goes on from a checkpoint goes on
   with the log too: lines of later measurements, which are made again, are cut off. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines of a search for an option come before the run and have a fold. */
static bool stays(const char *line, int64_t from)
{
    json_t *object = json_loads(line, 0, NULL);
    const json_t *iterations = json_object_get(object, "iterations");
    bool whole = json_is_integer(iterations);
    bool stay = whole && (json_object_get(object, "fold") ||
                          json_integer_value(iterations) < from);
    json_decref(object);
    return stay;
}

/* Bytes of the lines before the first that does not stay. */
static off_t length_before(FILE *file, int64_t from)
{
    char *line = NULL;
    size_t room = 0;
    off_t length = 0;
    ssize_t got;
    while ((got = getline(&line, &room, file)) > 0 && line[got - 1] == '\n' &&
           stays(line, from))
        length += got;
    free(line);
    return length;
}

static cvr_status cannot_write(const char *path)
{
    return cvr_fail(CVR_IO, "cannot write %s: %s", path, strerror(errno));
}

static cvr_status cut(const char *path, int64_t from)
{
    FILE *file = fopen(path, "r+");
    cvr_status status = CVR_OK;
    if (!file)
        return errno == ENOENT ? CVR_OK : cannot_write(path);
    if (ftruncate(fileno(file), length_before(file, from)) != 0)
        status = cannot_write(path);
    fclose(file);
    return status;
}

cvr_status cli_log_open(const char *path, int64_t from, void **log)
{
    cvr_status status = CVR_OK;
    *log = NULL;
    if (from >= 0)
        TRY(cut(path, from));
    *log = fopen(path, from >= 0 ? "a" : "w");
    if (!*log)
        status = cannot_write(path);
done:
    return status;
}
