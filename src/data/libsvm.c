/* LIBSVM text: "label index:value index:value ...", indices increasing, zeros left out.
   https://www.csie.ntu.edu.tw/~cjlin/libsvm
   Relatives of it are read too: "qid:3" after the label (a query, SVMrank), a weight
   after the label ("1:0.5", XGBoost), labels that are words, and rows without labels.

   A row that begins with "1:0.5" has either no label or one with a weight: the first
   lines tell. Labels are there when one of them is not an index (-1:2, 0.5:2), or is not
   below the index after it; rows have no labels when all their indices increase. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/lines.h"
#include "data/number.h"
#include "data/reader.h"

/* What lines have been seen to be. */
typedef struct signs {
    bool pairs;    /* index:value somewhere */
    bool several;  /* of them in one line */
    bool labels;   /* a line begins with something without a colon */
    bool texts;    /* which is not a number */
    bool weighted; /* a line begins with a label with a weight, by what is said above */
    bool bare;     /* a line begins with a pair that may be either */
} signs;

typedef struct libsvm {
    cvr_lines lines;
    signs signs;
    bool labelled; /* rows begin with a label */
    int32_t *index;
    double *value, label;
    int64_t room;
    bool queries, weights; /* left out so far */
} libsvm;

static const char *skip(const char *p)
{
    return p + strspn(p, " \t");
}

static bool at_end(const char *p)
{
    return *p == '\0' || *p == ' ' || *p == '\t';
}

/* ---- what kind of file ------------------------------------------------------------ */

/* Digits and a colon: the index before it, else -1. */
static int64_t index_at(const char *p, const char **value)
{
    int64_t index = 0;
    const char *q = p;
    for (; *q >= '0' && *q <= '9'; q++)
        index = index <= INT32_MAX ? 10 * index + (*q - '0') : index;
    *value = q + 1;
    return q > p && *q == ':' ? index : -1;
}

static bool is_query(const char *p)
{
    return strncmp(p, "qid:", 4) == 0 && !at_end(p + 4);
}

/* Pairs of a line from p on, which rise from `before`; -1: something else is there. */
static int64_t count_pairs(const char *p, int64_t before)
{
    int64_t count = 0;
    for (; *p; p = skip(p), count++) {
        double v;
        const char *value = NULL;
        int64_t index = index_at(p, &value);
        p = index > before ? cvr_number_read(value, &v) : NULL;
        if (!p || !at_end(p))
            return -1;
        before = index;
    }
    return count;
}

/* Notes what a line without comment is; false: not LIBSVM. */
static bool note_line(const char *line, signs *s)
{
    double v;
    const char *p = skip(line), *value = NULL, *rest = skip(p + strcspn(p, " \t"));
    const char *end = cvr_number_read(p, &v);
    size_t length = strcspn(p, " \t");
    int64_t first = index_at(p, &value), next = index_at(rest, &value);
    bool pair = end && *end == ':', number = end && at_end(end);
    if (!number && !pair && (memchr(p, ':', length) || !*rest))
        return false;
    rest = is_query(rest) ? skip(rest + strcspn(rest, " \t")) : rest;
    int64_t pairs = count_pairs(rest, -1);
    if (pairs < 0)
        return false;
    s->labels |= !pair;
    s->texts |= !pair && !number;
    s->weighted |= pair && (first < 0 || (next >= 0 && next <= first));
    s->bare |= pair;
    s->pairs |= pairs > 0 || pair;
    s->several |= pairs > 1 || (pair && pairs > 0);
    return true;
}

/* The first lines that are whole in the head, at most `most` of them; false: one of them
   is not LIBSVM. */
static bool look(const unsigned char *head, size_t size, int most, signs *s)
{
    char line[1024];
    bool right = true;
    const char *p = (const char *)head, *end = p + size;
    for (int i = 0; i < most && p < end; i++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t length = (size_t)((stop ? stop : end) - p);
        bool whole = length < sizeof line && (stop || size < 32 << 10);
        length = length < sizeof line ? length : sizeof line - 1;
        memcpy(line, p, length);
        line[length] = '\0';
        line[strcspn(line, "\r#")] = '\0';
        char *last = strrchr(line, ' ');
        if (!whole && last)
            *last = '\0';
        right &= !*skip(line) || note_line(line, s);
        p = stop ? stop + 1 : end;
    }
    return right;
}

/* Words before a single pair may be anything ("Monday 12:30"). */
static bool sniff(const unsigned char *head, size_t size)
{
    signs s = {0};
    return look(head, size, 10, &s) && (s.texts || !s.labels ? s.several : s.pairs);
}

/* ---- opening ---------------------------------------------------------------------- */

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    const unsigned char *head = NULL;
    size_t size = 0;
    CVR_TRY(cvr_alloc(1, sizeof(libsvm), "a LIBSVM reader", &r->state));
    CVR_TRY(cvr_stream_peek(r->in, &head, &size));
    libsvm *f = r->state;
    f->lines.in = r->in;
    look(head, size, INT32_MAX, &f->signs);
    f->labelled = f->signs.labels || f->signs.weighted || !f->signs.bare;
    r->features = -1;
    r->targets = f->labelled && (!r->target || strcmp(r->target, "none") != 0);
    r->text = r->targets && f->signs.texts;
done:
    return status;
}

static cvr_status grow(libsvm *f)
{
    cvr_status status = CVR_OK;
    int64_t room = f->room, more = f->room + 1;
    CVR_TRY(cvr_make_room((void **)&f->index, &room, more, sizeof *f->index, "indices"));
    CVR_TRY(cvr_make_room((void **)&f->value, &f->room, more, sizeof *f->value, "a row"));
done:
    return status;
}

/* ---- one row ---------------------------------------------------------------------- */

/* "FILE:LINE: 'ITEM' what", of the item that begins at p. */
static cvr_status bad_item(const cvr_reader *r, const char *p, const char *what)
{
    const libsvm *f = r->state;
    char quoted[CVR_QUOTE_SIZE], item[CVR_QUOTE_SIZE + 1];
    snprintf(item, sizeof item, "%.*s", (int)strcspn(p, " \t"), p);
    return cvr_fail(CVR_BAD_DATA, "%s:%lld: '%s' %s", r->path, (long long)f->lines.number,
                    cvr_quote(item, quoted), what);
}

static cvr_status check_index(cvr_reader *r, int64_t index, int64_t before)
{
    libsvm *f = r->state;
    long long line = f->lines.number;
    if (index > INT32_MAX - 1)
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: index %lld is too large", r->path, line,
                        (long long)index);
    if (index < r->libsvm_base)
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: index %lld where indices begin at %d",
                        r->path, line, (long long)index, r->libsvm_base);
    if (index <= before)
        return cvr_fail(CVR_BAD_DATA,
                        "%s:%lld: index %lld after %lld: indices must increase", r->path,
                        line, (long long)index, (long long)before);
    return CVR_OK;
}

static cvr_status not_finite(const cvr_reader *r, int64_t index, const char *p,
                             int length)
{
    const libsvm *f = r->state;
    cvr_fail(CVR_BAD_DATA, "%s:%lld: feature %lld: '%.*s' is not finite", r->path,
             (long long)f->lines.number, (long long)index, length, p);
    cvr_hint("LIBSVM text cannot say that a value is missing: a feature that is left out "
             "is 0; CSV can (--missing)");
    return CVR_BAD_DATA;
}

/* The pair at *p; *p moves past it. */
static cvr_status read_pair(cvr_reader *r, const char **p, int64_t count)
{
    libsvm *f = r->state;
    cvr_status status = CVR_OK;
    const char *value = NULL, *end = NULL;
    int64_t index = index_at(*p, &value), before = count > 0 ? f->index[count - 1] : -1;
    if (index < 0 || !(end = cvr_number_read(value, &f->value[count])) || !at_end(end))
        return bad_item(r, *p, "is not index:value");
    CVR_TRY(check_index(r, index, before));
    if (!isfinite(f->value[count]))
        return not_finite(r, index, value, (int)(end - value));
    f->index[count] = (int32_t)index;
    *p = skip(end);
done:
    return status;
}

static cvr_status no_label(const cvr_reader *r, const char *p)
{
    cvr_status status = bad_item(r, p, "is a feature: the row has no label");
    cvr_hint("rows without labels can only be predicted, and then no row has a label");
    return status;
}

/* At a label's colon: a weight, which nobody asks for yet. */
static cvr_status pass_weight(const cvr_reader *r, const char *item, const char *colon)
{
    libsvm *f = r->state;
    double weight = 0;
    const char *end = cvr_number_read(colon + 1, &weight);
    if (!f->signs.weighted)
        return no_label(r, item);
    if (!end || !at_end(end) || !(weight >= 0) || isinf(weight))
        return bad_item(r, item, "is not label:weight");
    f->weights = true;
    return CVR_OK;
}

/* A label that is not looked at, if there is one. */
static cvr_status pass_label(const cvr_reader *r, char **p, const char *colon, char *end)
{
    const libsvm *f = r->state;
    if (*colon != ':' || f->signs.weighted)
        *p = end + strspn(end, " \t");
    return CVR_OK;
}

/* The label at *p, a number or (into *text) a word, which is ended in the line; *p moves
   past it. */
static cvr_status read_label(const cvr_reader *r, char **p, const char **text)
{
    libsvm *f = r->state;
    cvr_status status = CVR_OK;
    char *item = *p, *colon = item + strcspn(item, ": \t");
    char *end = item + strcspn(item, " \t");
    bool number = cvr_number_read(item, &f->label) == colon && isfinite(f->label);
    if (memchr(item, ',', (size_t)(end - item)))
        return bad_item(r, item, "is a list of labels, where a row has one");
    if (r->unasked)
        return pass_label(r, p, colon, end);
    if (*colon == ':')
        CVR_TRY(pass_weight(r, item, colon));
    if (!f->signs.texts && !number)
        return bad_item(r, item, "is not a finite number, as a label should be");
    *p = end + strspn(end, " \t");
    *text = r->text ? item : NULL;
    if (r->text)
        *colon = '\0';
done:
    return status;
}

/* All pairs of a line from p on; *count of them. */
static cvr_status read_pairs(cvr_reader *r, const char *p, int64_t *count)
{
    libsvm *f = r->state;
    cvr_status status = CVR_OK;
    *count = 0;
    if (f->labelled && is_query(p)) {
        f->queries = true;
        p = skip(p + strcspn(p, " \t"));
    }
    do {
        if (*count == f->room)
            CVR_TRY(grow(f));
        if (!*p)
            break;
        CVR_TRY(read_pair(r, &p, *count));
        ++*count;
    } while (*p);
done:
    return status;
}

static void note_left_out(cvr_reader *r)
{
    const libsvm *f = r->state;
    snprintf(r->note, sizeof r->note, "%s%s%s: left out",
             f->weights ? "weights of rows (label:weight)" : "",
             f->weights && f->queries ? " and " : "",
             f->queries ? "queries of rows (qid)" : "");
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    libsvm *f = r->state;
    cvr_status status = CVR_OK;
    char *line = NULL, *stop = NULL;
    const char *text = NULL;
    int64_t count = 0;
    CVR_TRY(cvr_lines_next_filled(&f->lines, &line, &stop));
    *end = line == NULL;
    if (*end)
        goto done;
    line[strcspn(line, "#")] = '\0';
    line += strspn(line, " \t");
    if (f->labelled)
        CVR_TRY(read_label(r, &line, &text));
    CVR_TRY(read_pairs(r, line, &count));
    if (f->weights || f->queries)
        note_left_out(r);
    *row = (cvr_row){.count = count,
                     .index = f->index,
                     .value = f->value,
                     .target = &f->label,
                     .label = text};
done:
    return status;
}

static void close(cvr_reader *r)
{
    libsvm *f = r->state;
    if (f) {
        cvr_lines_free(&f->lines);
        cvr_release(f->index);
        cvr_release(f->value);
    }
    cvr_release(f);
}

const cvr_format cvr_format_libsvm = {"libsvm", "LIBSVM text", sniff, open, next, close};
