/* Splitting without copying: the line itself is cut into texts. */
#include "data/fields.h"

#include <string.h>

#include "base/bytes.h"
#include "data/number.h"

static char *skip(const cvr_cursor *at, char *p)
{
    while (*p == ' ' || (*p == '\t' && at->delimiter == ' '))
        p++;
    return p;
}

cvr_cursor cvr_fields_begin(char *line, cvr_dialect d)
{
    cvr_cursor at = {line, d.delimiter, d.quote, true};
    at.p = skip(&at, line);
    return at;
}

/* p is behind a field: moves past the delimiter; false when something else is there. */
static bool step(cvr_cursor *at, char *p)
{
    char *next = skip(at, p);
    if (at->delimiter == ' ') {
        at->more = *next != '\0';
        at->p = next;
        return next > p || !at->more;
    }
    at->more = *next == at->delimiter;
    at->p = next + at->more;
    return at->more || *next == '\0';
}

bool cvr_fields_number(cvr_cursor *at, double *value)
{
    cvr_cursor next = *at;
    const char *end = cvr_number_read(skip(at, at->p), value);
    if (!end || !step(&next, at->p + (end - at->p)))
        return false;
    *at = next;
    return true;
}

static char *digits(char *p)
{
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
}

bool cvr_fields_pass(cvr_cursor *at)
{
    cvr_cursor next = *at;
    char *p = skip(at, at->p);
    p += *p == '-' || *p == '+';
    char *first = p, *point = digits(p);
    p = *point == '.' ? digits(point + 1) : point;
    if (p - first == (p > point))
        return false;
    if (*p == 'e' || *p == 'E') {
        char *power = p + 1 + (p[1] == '-' || p[1] == '+');
        p = digits(power) > power ? digits(power) : p;
    }
    if (!step(&next, p))
        return false;
    *at = next;
    return true;
}

/* "text ""with"" quotes" at p, made plain in place; returns what is behind it, or NULL
   when it does not end. */
static char *unquote(char *p, char **text)
{
    char quote = *p, *to = *text = p + 1;
    for (p = p + 1; *p; p++) {
        if (*p == quote && p[1] != quote) {
            *to = '\0';
            return p + 1;
        }
        p += *p == quote;
        *to++ = *p;
    }
    return NULL;
}

char *cvr_fields_text(cvr_cursor *at)
{
    char *text = NULL, *p = skip(at, at->p);
    if (*p == at->quote) {
        p = unquote(p, &text);
        return p && step(at, p) ? text : NULL;
    }
    const char stops[] = {at->delimiter, at->delimiter == ' ' ? '\t' : '\0', '\0'};
    text = p;
    p += strcspn(p, stops);
    step(at, p);
    while (p > text && (p[-1] == ' ' || p[-1] == '\t'))
        p--;
    *p = '\0';
    return text;
}

bool cvr_fields_skip(cvr_cursor *at)
{
    char *p = skip(at, at->p);
    if (*p == at->quote || at->delimiter == ' ')
        return cvr_fields_text(at) != NULL;
    p = strchr(p, at->delimiter);
    at->more = p != NULL;
    at->p = p ? p + 1 : at->p + strlen(at->p);
    return true;
}

int64_t cvr_fields_count(char *line, cvr_dialect d)
{
    int64_t count = 0;
    cvr_cursor at = cvr_fields_begin(line, d);
    for (; at.more; count++)
        if (!cvr_fields_text(&at))
            at.more = false;
    return count;
}

/* Behind the quotes that begin at p; NULL when they are not closed. */
static const char *pass_quotes(const char *p)
{
    char quote = *p++;
    for (; *p; p++) {
        if (*p != quote)
            continue;
        if (p[1] != quote)
            return p + 1;
        p++;
    }
    return NULL;
}

bool cvr_fields_open(const char *line, cvr_dialect d)
{
    const char one[] = {d.delimiter, d.delimiter == ' ' ? '\t' : '\0', '\0'};
    const char *stops = d.delimiter ? one : "\t;,| ";
    for (const char *p = line;; p++) {
        p += strspn(p, d.delimiter == '\t' ? " " : " \t");
        if (*p == d.quote && !(p = pass_quotes(p)))
            return true;
        p += strcspn(p, stops);
        if (*p == '\0')
            return false;
    }
}

cvr_status cvr_fields_split(const char *line, cvr_dialect d, cvr_fields *f)
{
    cvr_status status = CVR_OK;
    static char empty[] = "";
    *f = (cvr_fields){0};
    CVR_TRY(cvr_text_copy(line, &f->copy));
    f->count = cvr_fields_count(f->copy, d);
    memcpy(f->copy, line, strlen(line));
    CVR_TRY(cvr_alloc(f->count, sizeof *f->item, "fields", (void **)&f->item));
    cvr_cursor at = cvr_fields_begin(f->copy, d);
    for (int64_t j = 0; j < f->count; j++) {
        char *text = cvr_fields_text(&at);
        f->item[j] = text ? text : empty;
    }
done:
    if (status != CVR_OK)
        cvr_fields_free(f);
    return status;
}

void cvr_fields_free(cvr_fields *f)
{
    cvr_release(f->copy);
    cvr_release(f->item);
    *f = (cvr_fields){0};
}
