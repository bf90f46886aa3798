/* Allocation: every byte of the library passes here. */
#include "base/bytes.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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

cvr_status cvr_make_room(void **p, int64_t *room, int64_t count, size_t size,
                         const char *what)
{
    enum { FIRST = 16 };
    int64_t larger = count > FIRST ? count : FIRST;
    cvr_status status = CVR_OK;
    if (count <= *room)
        return CVR_OK;
    larger = cvr_times(2, *room) > larger ? 2 * *room : larger;
    CVR_TRY(cvr_grow(p, larger, size, what));
    memset((char *)*p + (size_t)*room * size, 0, (size_t)(larger - *room) * size);
    *room = larger;
done:
    return status;
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

int64_t cvr_memory_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}
