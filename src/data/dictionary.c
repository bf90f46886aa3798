/* Open addressing at most half full. The latest key is asked first: files tend to be
   sorted, or to have few different values. */
#include "data/dictionary.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"

enum { FIRST_SLOTS = 64 };

static bool is(const cvr_dictionary *d, int64_t place, const void *bytes, size_t length)
{
    const cvr_key *k = &d->key[place];
    return k->length == length && memcmp(k->bytes, bytes, length) == 0;
}

/* FNV-1a */
static uint64_t hash(const unsigned char *bytes, size_t length)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h ^ h >> 32;
}

/* The slot of a key: its own, or the free one where it belongs. */
static int64_t *slot_of(const cvr_dictionary *d, const void *bytes, size_t length)
{
    uint64_t mask = (uint64_t)d->slots - 1;
    for (uint64_t at = hash(bytes, length) & mask;; at = (at + 1) & mask) {
        int64_t place = d->slot[at] - 1;
        if (place < 0 || is(d, place, bytes, length))
            return &d->slot[at];
    }
}

int64_t cvr_dictionary_find(cvr_dictionary *d, const void *bytes, size_t length)
{
    if (d->count == 0)
        return -1;
    if (!is(d, d->last, bytes, length)) {
        int64_t place = *slot_of(d, bytes, length) - 1;
        if (place < 0)
            return -1;
        d->last = place;
    }
    return d->last;
}

/* Room for one more key. */
static cvr_status grow(cvr_dictionary *d)
{
    cvr_status status = CVR_OK;
    int64_t slots = d->slots ? 2 * d->slots : FIRST_SLOTS;
    int64_t *slot = NULL;
    if (d->count < d->room)
        return CVR_OK;
    CVR_TRY(cvr_grow((void **)&d->key, slots / 2, sizeof *d->key, "different texts"));
    CVR_TRY(cvr_alloc(slots, sizeof *slot, "different texts", (void **)&slot));
    cvr_release(d->slot);
    d->slot = slot;
    d->slots = slots;
    d->room = slots / 2;
    for (int64_t k = 0; k < d->count; k++)
        *slot_of(d, d->key[k].bytes, d->key[k].length) = k + 1;
done:
    return status;
}

cvr_status cvr_dictionary_add(cvr_dictionary *d, const void *bytes, size_t length,
                              int64_t *place)
{
    cvr_status status = CVR_OK;
    char *copy = NULL;
    *place = cvr_dictionary_find(d, bytes, length);
    if (*place >= 0)
        return CVR_OK;
    CVR_TRY(grow(d));
    CVR_TRY(cvr_alloc((int64_t)length + 1, 1, "a text", (void **)&copy));
    if (length)
        memcpy(copy, bytes, length);
    *slot_of(d, bytes, length) = d->count + 1;
    d->key[d->count] = (cvr_key){copy, length};
    *place = d->last = d->count++;
done:
    return status;
}

void cvr_dictionary_free(cvr_dictionary *d)
{
    for (int64_t k = 0; k < d->count; k++)
        cvr_release(d->key[k].bytes);
    cvr_release(d->key);
    cvr_release(d->slot);
    *d = (cvr_dictionary){0};
}
