/* What tells names from values. */
#include "data/header.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/number.h"
#include "data/words.h"

/* Headers with at least this number of columns may be rows of data. */
enum { SHORT = 10 };

typedef struct sample {
    const cvr_fields *rows;
    int64_t count, shift; /* field j of the header stands over j + shift of the others */
    const cvr_dialect *dialect;
} sample;

/* Field j of row i below the header; NULL where there is none. */
static const char *below(const sample *s, int64_t i, int64_t j)
{
    const cvr_fields *row = &s->rows[i];
    return j + s->shift < row->count ? row->item[j + s->shift] : NULL;
}

static bool is_number(const sample *s, const char *text)
{
    double v;
    return cvr_dialect_number(s->dialect, text, &v);
}

static bool is_value(const sample *s, const char *text)
{
    return is_number(s, text) || cvr_word_missing(text);
}

/* A name (no number that went wrong) and nothing but numbers below. */
static bool names_numbers(const sample *s, int64_t j)
{
    const char *name = s->rows[0].item[j];
    int64_t numbers = 0;
    if (!*name || strchr("0123456789+-.,", *name) || is_value(s, name))
        return false;
    for (int64_t i = 1; i < s->count; i++) {
        const char *text = below(s, i, j);
        if (text && !is_value(s, text))
            return false;
        numbers += text && is_number(s, text);
    }
    return numbers > 0;
}

/* Fields below that hold something else than a whole number from 0 on, and all that hold
   something. */
static void count_others(const sample *s, int64_t j, int64_t *others, int64_t *all)
{
    for (int64_t i = 1; i < s->count; i++) {
        const char *text = below(s, i, j);
        double v;
        if (!text || cvr_word_missing(text))
            continue;
        *others += !cvr_dialect_number(s->dialect, text, &v) || v != rint(v) || v < 0;
        *all += 1;
    }
}

/* 0, 1, 2, ... (from 1 on where there are many), as pandas names columns, perhaps behind
   an empty field. Over whole numbers alone few of them may be a row: then one must stand
   over none, or three over some that are none. */
static bool counts(const sample *s)
{
    const cvr_fields *first = &s->rows[0];
    int64_t empty = first->count > 0 && !*first->item[0], fields = first->count - empty;
    int64_t begin = fields > SHORT && *first->item[empty] == '1';
    bool out = (empty || fields > SHORT) && fields > 1;
    int64_t others = 0;
    for (int64_t j = empty; j < first->count; j++) {
        char number[24];
        int64_t here = 0, all = 0;
        snprintf(number, sizeof number, "%lld", (long long)(j - empty + begin));
        if (strcmp(first->item[j], number) != 0)
            return false;
        count_others(s, j, &here, &all);
        out = out || (all > 0 && here == all);
        others += here;
    }
    return s->count > 1 && fields > 1 && (out || (fields > 2 && others > 0));
}

/* Names only (the first may be empty), none of which comes again below. */
static bool all_names(const sample *s)
{
    const cvr_fields *first = &s->rows[0];
    int64_t names = 0;
    for (int64_t j = 0; j < first->count; j++) {
        const char *name = first->item[j];
        if ((*name && is_value(s, name)) || (!*name && j > 0 && j < first->count - 1))
            return false;
        names += *name != '\0';
        for (int64_t i = 1; *name && i < s->count; i++) {
            const char *text = below(s, i, j);
            if (text && strcmp(text, name) == 0)
                return false;
        }
    }
    return names > 0;
}

bool cvr_header_trails(const cvr_fields *rows, int64_t count)
{
    for (int64_t i = 1; i < count; i++)
        if (rows[i].count < 3 || *rows[i].item[rows[i].count - 1])
            return false;
    const cvr_fields *first = &rows[0];
    return count > 1 &&
           (first->count == rows[1].count - 1 ||
            (first->count == rows[1].count && !*first->item[first->count - 1]));
}

bool cvr_header_is(const cvr_fields *rows, int64_t count, const cvr_dialect *d)
{
    sample s = {rows, count, 0, d};
    if (count > 1 && rows[1].count == rows[0].count + 1 &&
        !cvr_header_trails(rows, count))
        s.shift = 1;
    for (int64_t j = 0; j < rows[0].count; j++)
        if (names_numbers(&s, j))
            return true;
    return counts(&s) || all_names(&s);
}
