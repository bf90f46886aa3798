/* CSV: numbers between commas, semicolons, tabs, bars or blanks; with a header or
   without; fields in quotes; lines that begin with '#' are comments. What a file is like
   is found from its first lines (dialect.h, header.h, records.h).

   A first column whose header is empty, or that has none where the others have one, is a
   row's name, as R and pandas write it, and is left out.

   Compressed text cannot be sought: of several processes each decompresses a .gz file
   whole, twice (data/load.c), and parses its own rows only; of the others it looks at the
   target alone. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/fields.h"
#include "data/header.h"
#include "data/latin.h"
#include "data/number.h"
#include "data/reader.h"
#include "data/records.h"
#include "data/targets.h"
#include "data/words.h"

typedef struct csv {
    cvr_records records;
    int64_t line; /* number of the line at hand */
    int64_t columns;
    bool header, plain; /* plain: numbers have a decimal point */
    bool trails;        /* a delimiter at the end of rows opens no column */
    char **name;        /* of columns; NULL: there is no header */
    int32_t *place;
    double *value, *target;
    char *latin; /* the latest text that was no UTF-8 */
    int64_t latin_room;
    bool told; /* that there are such texts */
} csv;

static bool sniff(const unsigned char *head, size_t size)
{
    bool big;
    if (cvr_utf16_begins(head, size, &big))
        return true;
    for (size_t i = 0; i < size; i++)
        if (head[i] < ' ' && !isspace(head[i]))
            return false;
    return true;
}

/* ---- texts ------------------------------------------------------------------------- */

/* text as UTF-8, valid until the next call. */
static cvr_status to_utf8(cvr_reader *r, const char **text)
{
    csv *c = r->state;
    cvr_status status = CVR_OK;
    if (cvr_utf8_is(*text))
        return CVR_OK;
    int64_t room = 3 * (int64_t)strlen(*text) + 1;
    if (room > c->latin_room) {
        CVR_TRY(cvr_grow((void **)&c->latin, room, 1, "a text"));
        c->latin_room = room;
    }
    cvr_latin_to_utf8(*text, c->latin);
    *text = c->latin;
    if (!c->told && !r->quiet)
        cvr_note(CVR_LOG_NOTE,
                 "%s: its texts are no UTF-8: they are read as Latin-1 (Windows-1252)",
                 r->path);
    c->told = true;
done:
    return status;
}

/* ---- opening: rows read ahead ------------------------------------------------------ */

/* The records that were read ahead, as fields. */
typedef struct sample {
    cvr_fields row[CVR_RECORDS_AHEAD + 1];
    int64_t at[CVR_RECORDS_AHEAD + 1]; /* their places in the queue */
    int64_t count;
} sample;

static void free_sample(sample *s)
{
    for (int64_t i = 0; i < s->count; i++)
        cvr_fields_free(&s->row[i]);
}

static cvr_status add_row(const csv *c, int64_t at, const char *text, sample *s)
{
    cvr_status status = cvr_fields_split(text, c->records.dialect, &s->row[s->count]);
    if (status != CVR_OK)
        return status;
    s->at[s->count++] = at;
    return CVR_OK;
}

static const char *ahead(const csv *c, int64_t at)
{
    const char *text = c->records.ahead[at].text;
    return text + strspn(text, " \t");
}

static cvr_status take_sample(const csv *c, sample *s)
{
    cvr_status status = CVR_OK;
    const cvr_records *q = &c->records;
    for (int64_t at = q->next; at < q->count && s->count < CVR_RECORDS_AHEAD; at++)
        if (*ahead(c, at) != '#')
            CVR_TRY(add_row(c, at, ahead(c, at), s));
done:
    return status;
}

/* A header behind a '#' just before the rows, as numpy.savetxt writes it. */
static cvr_status try_comment(csv *c, sample *s)
{
    cvr_status status = CVR_OK;
    sample with = {0};
    const char *text =
        s->count && s->at[0] > c->records.next ? ahead(c, s->at[0] - 1) : "";
    if (*text != '#')
        return CVR_OK;
    text += 1 + strspn(text + 1, " \t");
    CVR_TRY(add_row(c, s->at[0] - 1, text, &with));
    if (with.row[0].count != s->row[0].count)
        goto done;
    memcpy(with.row + 1, s->row, (size_t)s->count * sizeof *s->row);
    c->header = cvr_header_is(with.row, s->count + 1, &c->records.dialect);
    if (c->header) {
        memmove(s->row + 1, s->row, (size_t)s->count * sizeof *s->row);
        s->row[0] = with.row[0];
        s->count++;
        c->records.next = s->at[0];
        with.count = 0;
    }
done:
    free_sample(&with);
    return status;
}

static cvr_status find_header(csv *c, sample *s)
{
    c->header = cvr_header_is(s->row, s->count, &c->records.dialect);
    if (!c->header)
        return try_comment(c, s);
    c->records.next = s->at[0] + 1;
    return CVR_OK;
}

/* ---- opening: columns -------------------------------------------------------------- */

/* Names of columns; those of rows have none. A name that comes again gets a number. */
static cvr_status take_names(cvr_reader *r, csv *c, const cvr_fields *first)
{
    cvr_status status = CVR_OK;
    int64_t shift = c->columns > first->count ? c->columns - first->count : 0;
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->name, "column names", (void **)&c->name));
    for (int64_t j = 0; j < c->columns; j++) {
        const char *name =
            j < shift || j - shift >= first->count ? "" : first->item[j - shift];
        CVR_TRY(to_utf8(r, &name));
        CVR_TRY(cvr_text_copy(name, &c->name[j]));
    }
done:
    return status;
}

static cvr_status plan_columns(cvr_reader *r, csv *c)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->place, "columns", (void **)&c->place));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->value, "a row", (void **)&c->value));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->target, "targets", (void **)&c->target));
    CVR_TRY(cvr_targets_place(r->target, c->columns, c->name, r->path, c->place,
                              &r->targets));
    if (c->header && c->name[0][0] == '\0' && c->place[0] == CVR_COLUMN_FEATURE)
        c->place[0] = CVR_COLUMN_SKIPPED;
    r->features = 0;
    for (int64_t j = 0; j < c->columns; j++) {
        r->features += c->place[j] == CVR_COLUMN_FEATURE;
        if (c->place[j] >= 0)
            r->label_column = j + 1;
    }
done:
    return status;
}

/* As many as the fields of the header, or one more (the name of a row), or one less (a
   delimiter at the end). */
static void count_columns(csv *c, const sample *s)
{
    c->trails = cvr_header_trails(s->row, s->count);
    c->columns = s->row[0].count;
    if (c->trails)
        c->columns = s->row[1].count - 1;
    else if (c->header && s->count > 1 && s->row[1].count == c->columns + 1)
        c->columns++;
}

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    sample s = {0};
    CVR_TRY(cvr_alloc(1, sizeof(csv), "a CSV reader", &r->state));
    csv *c = r->state;
    CVR_TRY(cvr_records_open(&c->records, r->in, r->dialect));
    c->plain = c->records.dialect.decimal == '.';
    CVR_TRY(take_sample(c, &s));
    if (s.count == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: the file has no rows", r->path);
    CVR_TRY(find_header(c, &s));
    count_columns(c, &s);
    if (c->header)
        CVR_TRY(take_names(r, c, &s.row[0]));
    CVR_TRY(plan_columns(r, c));
done:
    free_sample(&s);
    return status;
}

/* ---- rows ------------------------------------------------------------------------- */

static cvr_status bad_field(const cvr_reader *r, int64_t j, const char *text)
{
    const csv *c = r->state;
    char quoted[CVR_QUOTE_SIZE], name[CVR_QUOTE_SIZE], where[64] = "";
    double v;
    if (c->name && c->name[j][0])
        snprintf(where, sizeof where, " (%s)", cvr_quote(c->name[j], name));
    long long line = c->line, column = j + 1;
    if (!text)
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: column %lld%s: a quote is not closed",
                        r->path, line, column, where);
    if (cvr_word_missing(text))
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: column %lld%s: a value is missing",
                        r->path, line, column, where);
    cvr_fail(CVR_BAD_DATA, "%s:%lld: column %lld%s: '%s' is not %s", r->path, line,
             column, where, cvr_quote(text, quoted),
             cvr_number_is(text, &v) ? "finite" : "a number");
    if (c->plain && cvr_dialect_number(&(cvr_dialect){.decimal = ','}, text, &v))
        cvr_hint("--decimal , reads it as %g", v);
    return CVR_BAD_DATA;
}

/* The number of field j, in quotes or not. */
static cvr_status take_value(const cvr_reader *r, cvr_cursor *at, int64_t j,
                             double *value)
{
    const csv *c = r->state;
    cvr_cursor before = *at;
    if (c->plain && cvr_fields_number(at, value) && isfinite(*value))
        return CVR_OK;
    *at = before;
    const char *text = cvr_fields_text(at);
    if (!text || !cvr_dialect_number(&c->records.dialect, text, value) ||
        !isfinite(*value))
        return bad_field(r, j, text);
    return CVR_OK;
}

static cvr_status take_field(cvr_reader *r, cvr_cursor *at, int64_t j, int64_t *feature,
                             const char **label)
{
    csv *c = r->state;
    int32_t place = c->place[j];
    if (place == CVR_COLUMN_FEATURE)
        return take_value(r, at, j, &c->value[(*feature)++]);
    if (place >= 0 && r->targets > 1)
        return take_value(r, at, j, &c->target[place]);
    char *text = cvr_fields_text(at);
    double v;
    if (!text || (place >= 0 && cvr_word_missing_label(text)))
        return bad_field(r, j, text);
    if (place < 0)
        return CVR_OK;
    char *comma = c->plain ? NULL : strchr(text, ',');
    if (comma && cvr_dialect_number(&c->records.dialect, text, &v))
        *comma = '.';
    *label = text;
    return to_utf8(r, label);
}

static cvr_status wrong_count(const cvr_reader *r, int64_t fields)
{
    const csv *c = r->state;
    cvr_fail(CVR_BAD_DATA, "%s:%lld: %lld fields where %lld are expected", r->path,
             (long long)c->line, (long long)fields, (long long)c->columns);
    if (c->columns == 1)
        cvr_hint("the first line decides: is it a title? (else --delimiter)");
    return CVR_BAD_DATA;
}

static cvr_status parse(cvr_reader *r, char *line, const char **label)
{
    const csv *c = r->state;
    cvr_cursor at = cvr_fields_begin(line, c->records.dialect);
    int64_t feature = 0, j = 0;
    for (; at.more && j < c->columns; j++) {
        cvr_status status = take_field(r, &at, j, &feature, label);
        if (status != CVR_OK)
            return status;
    }
    if (j == c->columns && (!at.more || (c->trails && at.p[strspn(at.p, " ")] == '\0')))
        return CVR_OK;
    return wrong_count(r, j + (at.more ? cvr_fields_count(at.p, c->records.dialect) : 0));
}

/* The targets of a line whose other fields are not wanted. What is wrong with those, and
   with their number, is found by who wants them. */
static cvr_status parse_targets(cvr_reader *r, char *line, const char **label)
{
    const csv *c = r->state;
    cvr_cursor at = cvr_fields_begin(line, c->records.dialect);
    int found = 0;
    for (int64_t j = 0; at.more && j < c->columns && found < r->targets; j++) {
        bool target = c->place[j] >= 0;
        cvr_status status = target ? take_field(r, &at, j, NULL, label) : CVR_OK;
        if (status != CVR_OK)
            return status;
        if (!target && !cvr_fields_skip(&at))
            return bad_field(r, j, NULL);
        found += target;
    }
    if (found == r->targets)
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA, "%s:%lld: fewer than %lld fields", r->path,
                    (long long)c->line, (long long)c->columns);
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    csv *c = r->state;
    cvr_status status = CVR_OK;
    char *line = NULL;
    const char *label = NULL;
    CVR_TRY(cvr_records_next(&c->records, &line, &c->line));
    *end = line == NULL;
    if (*end)
        goto done;
    CVR_TRY(r->skim ? parse_targets(r, line, &label) : parse(r, line, &label));
    r->line = c->line;
    *row = (cvr_row){
        .count = r->features, .value = c->value, .target = c->target, .label = label};
done:
    return status;
}

static void close(cvr_reader *r)
{
    csv *c = r->state;
    if (!c)
        return;
    cvr_records_close(&c->records);
    for (int64_t j = 0; c->name && j < c->columns; j++)
        cvr_release(c->name[j]);
    cvr_release(c->name);
    cvr_release(c->latin);
    cvr_release(c->place);
    cvr_release(c->value);
    cvr_release(c->target);
    cvr_release(c);
}

const cvr_format cvr_format_csv = {"csv", "CSV text", sniff, open, next, close};
