/* Each possible dialect splits the first lines; what it makes of them is counted. */
#include "data/detect.h"

#include <string.h>

#include "data/fields.h"
#include "data/number.h"
#include "data/words.h"

/* ---- quotes ------------------------------------------------------------------------ */

/* A text in single quotes that is a whole field. */
static bool in_single_quotes(const char *line)
{
    static const char delimiters[] = "\t;,| ";
    for (const char *p = strchr(line, '\''); p; p = strchr(p + 1, '\'')) {
        const char *end =
            p == line || strchr(delimiters, p[-1]) ? strchr(p + 1, '\'') : 0;
        if (end && strchr(delimiters, end[1])) /* or at the end of the line */
            return true;
    }
    return false;
}

static char find_quote(char *const *lines, int64_t count)
{
    bool single = false;
    for (int64_t i = 0; i < count; i++) {
        if (strchr(lines[i], '"'))
            return '"';
        single = single || in_single_quotes(lines[i]);
    }
    return single ? '\'' : '"';
}

/* ---- what a dialect makes of lines ------------------------------------------------- */

typedef struct score {
    bool alike;     /* the lines have as many fields as each other */
    int64_t fields; /* of a line */
    double numbers; /* part of the fields */
    bool decimal;   /* a number needs the decimal sign */
} score;

static void count_numbers(const cvr_dialect *d, const cvr_fields *f, int64_t *numbers,
                          bool *decimal)
{
    double v;
    for (int64_t j = 0; j < f->count; j++) {
        bool number = cvr_dialect_number(d, f->item[j], &v);
        *numbers += number || cvr_word_missing(f->item[j]);
        *decimal = *decimal || (number && strchr(f->item[j], d->decimal));
    }
}

/* The first line may be a header: its count may be one less, and its texts are not
   counted as numbers. */
static cvr_status judge(char *const *lines, int64_t count, const cvr_dialect *d, score *s)
{
    cvr_status status = CVR_OK;
    cvr_fields f = {0};
    int64_t all = 0, numbers = 0, first = 0;
    *s = (score){.alike = true};
    for (int64_t i = 0; i < count; i++) {
        CVR_TRY(cvr_fields_split(lines[i], *d, &f));
        first = i == 0 ? f.count : first;
        s->alike = s->alike && (i < 2 || f.count == s->fields);
        s->fields = f.count;
        if (i > 0 || count == 1) {
            all += f.count;
            count_numbers(d, &f, &numbers, &s->decimal);
        }
        cvr_fields_free(&f);
    }
    s->alike = s->alike && s->fields > 1 &&
               (first == s->fields || (first > 1 && first == s->fields - 1));
    s->numbers = (double)numbers / (double)all;
done:
    cvr_fields_free(&f);
    return status;
}

static bool better(const score *a, const score *b)
{
    double more = a->numbers - b->numbers;
    return !b->alike || more > 1e-9 || (more > -1e-9 && a->fields > b->fields);
}

/* When nothing fits all lines: the sign that the first has. */
static char by_first_line(const char *line)
{
    static const char choices[] = "\t;|,";
    for (const char *c = choices; *c; c++)
        if (strchr(line, *c))
            return *c;
    double v;
    const char *end = cvr_number_read(line + strspn(line, " "), &v);
    return end && *end == ' ' ? ' ' : ',';
}

cvr_status cvr_dialect_detect(char *const *lines, int64_t count, cvr_dialect *d)
{
    static const char delimiters[] = "\t;,| ", decimals[] = ".,";
    cvr_status status = CVR_OK;
    score best = {0}, now = {0};
    cvr_dialect found = *d, given = *d;
    given.quote = found.quote = d->quote ? d->quote : find_quote(lines, count);
    for (int k = 0; k < 10; k++) {
        cvr_dialect one = {given.delimiter ? given.delimiter : delimiters[k / 2],
                           given.decimal ? given.decimal : decimals[k % 2], given.quote};
        if (one.delimiter == one.decimal && !(given.delimiter && given.decimal))
            continue;
        CVR_TRY(judge(lines, count, &one, &now));
        now.alike = now.alike || given.delimiter;
        if (!now.alike || (one.decimal == ',' && !given.decimal && !now.decimal) ||
            !better(&now, &best))
            continue;
        best = now;
        found = one;
    }
    found.delimiter = found.delimiter ? found.delimiter : by_first_line(lines[0]);
    found.decimal = found.decimal ? found.decimal : '.';
    *d = found;
done:
    return status;
}
