/* UTF-16, as Excel's "Unicode text" and Windows' tools write it, to UTF-8. */
#ifndef CVR_DATA_UTF16_H
#define CVR_DATA_UTF16_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cvr_utf16 {
    bool big;              /* the first byte of two is the greater */
    unsigned char held[4]; /* bytes of a character that is not whole yet */
    size_t count;          /* of them */
} cvr_utf16;

/* True when text begins like UTF-16, with a mark or without. */
bool cvr_utf16_begins(const unsigned char *head, size_t size, bool *big);
/* size more bytes; out has room for 3 (size / 2 + 2) bytes. Returns how many it got. A
   mark is left out, half a pair becomes U+FFFD. */
size_t cvr_utf16_decode(cvr_utf16 *u, const unsigned char *bytes, size_t size, char *out);

#endif
