/* Sizes that cannot overflow, and allocation that a test can make fail. */
#ifndef CVR_BASE_BYTES_H
#define CVR_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/* a b, or -1 when it does not fit or a factor is negative. */
static inline int64_t cvr_times(int64_t a, int64_t b)
{
    int64_t product;
    if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product))
        return -1;
    return product;
}

/* count items of size bytes, zeroed; CVR_NO_MEMORY names what it is for. count 0 gives a
   pointer that can be freed. */
cvr_status cvr_alloc(int64_t count, size_t size, const char *what,
                     void **p) CVR_MUST_CHECK;
/* Grows p to count items; keeps it as it is when it fails. */
cvr_status cvr_grow(void **p, int64_t count, size_t size,
                    const char *what) CVR_MUST_CHECK;
/* Where p has room for fewer than count items: at least doubles it; new ones are zeroes.
   Keeps it as it is when it fails. */
cvr_status cvr_make_room(void **p, int64_t *room, int64_t count, size_t size,
                         const char *what) CVR_MUST_CHECK;
void cvr_release(void *p);
/* A copy of text, or an error. */
cvr_status cvr_text_copy(const char *text, char **copy) CVR_MUST_CHECK;

/* For tests: the nth allocation from now fails (1 is the next), 0 never. Returns how many
   allocations have been asked for since the last call. */
int64_t cvr_alloc_fail_at(int64_t nth);

/* Bytes of memory, the most that this process has used. */
int64_t cvr_memory_peak(void);

#endif
