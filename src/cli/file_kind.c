/* Models, as opposed to data. */
#include "cli/file_kind.h"

#include <stdio.h>
#include <sys/stat.h>

/* Eight bytes of length, then a brace. */
bool cli_is_model(const char *path)
{
    unsigned char head[9] = {0};
    struct stat about;
    bool file = stat(path, &about) == 0 && S_ISREG(about.st_mode);
    FILE *f = file ? fopen(path, "rb") : NULL;
    bool model = f && fread(head, 1, sizeof head, f) == sizeof head && head[8] == '{' &&
                 head[6] == 0 && head[7] == 0;
    if (f)
        fclose(f);
    return model;
}
