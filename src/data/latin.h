/* Texts that are not UTF-8 are read as Windows-1252, of which Latin-1 is a part. */
#ifndef CVR_DATA_LATIN_H
#define CVR_DATA_LATIN_H

#include <stdbool.h>

bool cvr_utf8_is(const char *text);
/* out: room for 3 strlen(text) + 1 bytes. */
void cvr_latin_to_utf8(const char *text, char *out);

#endif
