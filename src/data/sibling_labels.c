/* train-images-idx3-ubyte.gz -> train-labels-idx1-ubyte.gz */
#include "data/sibling_labels.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

/* The last place of `part` in the file's own name, NULL when it is not there. */
static const char *last_place(const char *path, const char *part)
{
    const char *slash = strrchr(path, '/'), *found = NULL;
    for (const char *p = slash ? slash : path; (p = strstr(p, part)); p++)
        found = p;
    return found;
}

/* path with `old` replaced, then .gz taken off or put on: the one that exists. */
static bool replace(const char *path, const char *old, const char *new, char *result,
                    size_t room)
{
    const char *place = last_place(path, old);
    if (!place)
        return false;
    size_t length = (size_t)snprintf(result, room, "%.*s%s%s", (int)(place - path), path,
                                     new, place + strlen(old));
    if (access(result, F_OK) == 0)
        return true;
    if (length > 3 && strcmp(result + length - 3, ".gz") == 0)
        result[length - 3] = '\0';
    else
        snprintf(result + length, room - length, ".gz");
    return access(result, F_OK) == 0;
}

cvr_status cvr_sibling_labels(const char *images, char **labels)
{
    static const char *const names[][2] = {{"images-idx3", "labels-idx1"},
                                           {"images.idx3", "labels.idx1"},
                                           {"images", "labels"}};
    size_t room = strlen(images) + 16;
    cvr_status status = cvr_alloc((int64_t)room, 1, "a file name", (void **)labels);
    if (status != CVR_OK)
        return status;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (replace(images, names[i][0], names[i][1], *labels, room))
            return CVR_OK;
    cvr_release(*labels);
    *labels = NULL;
    return CVR_OK;
}
