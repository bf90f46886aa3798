/* Allocation: every byte of the library passes here. */
#include "base/bytes.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

static _Atomic int64_t asked, fail_at;

int64_t cvr_alloc_fail_at(int64_t nth)
{
    atomic_store(&fail_at, nth);
    return atomic_exchange(&asked, 0);
}

static bool refused(void)
{
    int64_t mine = atomic_fetch_add(&asked, 1) + 1;
    return mine == atomic_load(&fail_at);
}

static cvr_status no_memory(int64_t count, size_t size, const char *what)
{
    return cvr_fail(CVR_NO_MEMORY, "cannot allocate %s: %lld items of %zu bytes", what,
                    (long long)count, size);
}

/* Large blocks come from mmap by calloc and are zero without being touched. */
cvr_status cvr_alloc(int64_t count, size_t size, const char *what, void **p)
{
    *p = NULL;
    int64_t bytes = cvr_times(count, (int64_t)size);
    if (bytes < 0 || refused() || !(*p = calloc(bytes > 0 ? (size_t)bytes : 1, 1)))
        return no_memory(count, size, what);
    return CVR_OK;
}

cvr_status cvr_grow(void **p, int64_t count, size_t size, const char *what)
{
    int64_t bytes = cvr_times(count, (int64_t)size);
    void *larger = NULL;
    if (bytes < 0 || refused() || !(larger = realloc(*p, bytes > 0 ? (size_t)bytes : 1)))
        return no_memory(count, size, what);
    *p = larger;
    return CVR_OK;
}

void cvr_release(void *p)
{
    free(p);
}

cvr_status cvr_text_copy(const char *text, char **copy)
{
    size_t length = strlen(text) + 1;
    cvr_status status = cvr_alloc((int64_t)length, 1, "a text", (void **)copy);
    if (status == CVR_OK)
        memcpy(*copy, text, length);
    return status;
}

/* MemAvailable of /proc/meminfo (free memory where there is no /proc), lowered by a
   cgroup's limit; INT64_MAX when unknown. */
int64_t cvr_memory_available(void)
{
    struct sysinfo system;
    bool known = sysinfo(&system) == 0;
    int64_t available = known ? (int64_t)system.freeram * system.mem_unit : INT64_MAX;
    char line[256];
    long long kib, limit, used;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lld kB", &kib) == 1)
            available = kib * 1024;
    if (f)
        fclose(f);
    FILE *max = fopen("/sys/fs/cgroup/memory.max", "r");
    FILE *now = fopen("/sys/fs/cgroup/memory.current", "r");
    if (max && now && fscanf(max, "%lld", &limit) == 1 &&
        fscanf(now, "%lld", &used) == 1 && limit - used < available)
        available = limit > used ? limit - used : 0;
    if (max)
        fclose(max);
    if (now)
        fclose(now);
    return available;
}

int64_t cvr_memory_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}
