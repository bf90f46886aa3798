/* Keys and their places: the first that came has place 0. */
#ifndef CVR_DATA_DICTIONARY_H
#define CVR_DATA_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

typedef struct cvr_key {
    char *bytes; /* and a '\0' behind them */
    size_t length;
} cvr_key;

typedef struct cvr_dictionary {
    cvr_key *key;
    int64_t count, room;
    int64_t *slot; /* hash -> place + 1, 0: free; `slots` of them, a power of two */
    int64_t slots, last;
} cvr_dictionary;

/* The place of a key, -1: it is not there. */
int64_t cvr_dictionary_find(cvr_dictionary *d, const void *bytes, size_t length);
/* The same; a key that is not there gets the next place. */
cvr_status cvr_dictionary_add(cvr_dictionary *d, const void *bytes, size_t length,
                              int64_t *place) CVR_MUST_CHECK;
void cvr_dictionary_free(cvr_dictionary *d); /* leaves {0} */

#endif
