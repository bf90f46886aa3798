/* --target NAME|last|K, or a list of them. */
#include "data/targets.h"

#include <stdio.h>
#include <string.h>

#include "data/number.h"

/* The column that text[0 .. length) means, -1: none. */
static int64_t find(const char *text, size_t length, int64_t columns, char *const *names)
{
    for (int64_t j = 0; names && j < columns; j++)
        if (strlen(names[j]) == length && memcmp(names[j], text, length) == 0)
            return j;
    if (length == 4 && memcmp(text, "last", 4) == 0)
        return columns - 1;
    int64_t index = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || index >= columns)
            return -1;
        index = 10 * index + (text[i] - '0');
    }
    return length > 0 && index < columns ? index : -1;
}

static cvr_status no_column(const char *path, const char *use, const char *text,
                            size_t length, int64_t columns, bool named)
{
    char item[CVR_QUOTE_SIZE + 1], quoted[CVR_QUOTE_SIZE];
    snprintf(item, sizeof item, "%.*s", (int)(length < 48 ? length : 48), text);
    cvr_fail(CVR_BAD_DATA, "%s: no column '%s' among %lld %s", path,
             cvr_quote(item, quoted), (long long)columns, use);
    cvr_hint(named ? "give a name of the header, 'last', or an index from 0"
                   : "there is no header: give 'last' or an index from 0");
    return CVR_BAD_DATA;
}

cvr_status cvr_select_columns(const char *which, const char *use, int64_t columns,
                              char *const *names, const char *path, int32_t *place,
                              int *count)
{
    *count = 0;
    for (int64_t j = 0; j < columns; j++)
        place[j] = CVR_COLUMN_FEATURE;
    bool whole = find(which, strlen(which), columns, names) >= 0;
    if (strcmp(which, "none") == 0 && !whole)
        return CVR_OK;
    for (const char *item = which;; item++) {
        size_t length = whole ? strlen(item) : strcspn(item, ",");
        int64_t j = find(item, length, columns, names);
        if (j < 0)
            return no_column(path, use, item, length, columns, names != NULL);
        if (place[j] != CVR_COLUMN_FEATURE)
            return cvr_fail(CVR_BAD_DATA, "%s: column %.*s is named twice %s", path,
                            (int)(length < 48 ? length : 48), item, use);
        place[j] = (*count)++;
        item += length;
        if (*item == '\0')
            return CVR_OK;
    }
}

cvr_status cvr_select_targets(const char *which, int64_t columns, char *const *names,
                              const char *path, int32_t *place, int *count)
{
    return cvr_select_columns(which ? which : "last", "for the target", columns, names,
                              path, place, count);
}
