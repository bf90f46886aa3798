/* A temporary folder: in memory where that can be, since many small files are synced. */
#define _GNU_SOURCE
#include "support/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fail.h"

static char folder[64];

int cvr_test_folder(void **state)
{
    const char *memory = "/dev/shm";
    (void)state;
    snprintf(folder, sizeof folder, "%s/cvr-test-XXXXXX",
             access(memory, W_OK) == 0 ? memory : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

int cvr_test_remove(void **state)
{
    (void)state;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlink(cvr_test_path(e->d_name));
    closedir(d);
    return rmdir(folder);
}

const char *cvr_test_path(const char *name)
{
    static char paths[8][400];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

const char *cvr_test_file(const char *name, const void *bytes, size_t size)
{
    const char *path = cvr_test_path(name);
    FILE *f = fopen(path, "wb");
    CVR_ASSERT(f && fwrite(bytes, 1, size, f) == size);
    fclose(f);
    return path;
}

const char *cvr_test_text(const char *name, const char *text)
{
    return cvr_test_file(name, text, strlen(text));
}

const char *cvr_test_gz(const char *name, const void *bytes, size_t size)
{
    const char *path = cvr_test_path(name);
    gzFile f = gzopen(path, "wb");
    CVR_ASSERT(f && gzwrite(f, bytes, (unsigned)size) == (int)size);
    CVR_ASSERT(gzclose(f) == Z_OK);
    return path;
}

int cvr_test_entries(void)
{
    int count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        count += e->d_name[0] != '.';
    closedir(d);
    return count;
}
