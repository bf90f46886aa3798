/* Numbers with a point or a comma. */
#include "data/dialect.h"

#include <string.h>

#include "data/number.h"

enum { LONGEST_NUMBER = 64 };

bool cvr_dialect_number(const cvr_dialect *d, const char *text, double *value)
{
    char point[LONGEST_NUMBER];
    size_t length = strlen(text);
    if (d->decimal != ',')
        return cvr_number_is(text, value);
    if (length >= LONGEST_NUMBER || strchr(text, '.'))
        return false;
    memcpy(point, text, length + 1);
    char *comma = strchr(point, ',');
    if (comma)
        *comma = '.';
    return cvr_number_is(point, value);
}
