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
#include "data/dictionary.h"
#include "data/fields.h"
#include "data/header.h"
#include "data/latin.h"
#include "data/number.h"
#include "data/reader.h"
#include "data/records.h"
#include "data/table.h"
#include "data/words.h"

enum { NAME_SIZE = 256, EACH_COLUMN = 256 };

typedef struct scratch {
    char *text;
    int64_t room;
} scratch;

enum { LABEL, OTHER };

typedef struct csv {
    cvr_records records;
    int64_t line; /* number of the line at hand */
    int64_t columns;
    bool header, plain; /* plain: numbers have a decimal point */
    bool trails;        /* a delimiter at the end of rows opens no column */
    char **name;        /* of columns; NULL: there is no header */
    bool *counting;     /* columns that count their rows among those read ahead */
    cvr_place *place;
    double *value, *target;
    bool missing;                  /* a value for whose lack the row is dropped */
    char written[CVR_NUMBER_SIZE]; /* a label that had a decimal comma */
    scratch latin[2];              /* the latest text that was no UTF-8: LABEL, OTHER */
    bool told;                     /* that there are such texts */
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

/* text as UTF-8, valid until the next of its use. */
static cvr_status to_utf8(cvr_reader *r, int use, const char **text)
{
    csv *c = r->state;
    scratch *latin = &c->latin[use];
    cvr_status status = CVR_OK;
    if (cvr_utf8_is(*text))
        return CVR_OK;
    int64_t room = 3 * (int64_t)strlen(*text) + 1;
    if (room > latin->room) {
        CVR_TRY(cvr_grow((void **)&latin->text, room, 1, "a text"));
        latin->room = room;
    }
    cvr_latin_to_utf8(*text, latin->text);
    *text = latin->text;
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

/* A name that is not among the names: with a number behind it when it comes again; "3" in
   place of an empty one but the first. */
static cvr_status name_column(csv *c, cvr_dictionary *names, int64_t j, const char *name)
{
    char other[NAME_SIZE];
    cvr_status status = CVR_OK;
    int64_t place = 0;
    if (!*name && j > 0) {
        snprintf(other, sizeof other, "%lld", (long long)j);
        name = other;
    }
    for (int again = 1; cvr_dictionary_find(names, name, strlen(name)) >= 0; again++) {
        snprintf(other, sizeof other, "%.*s.%d", NAME_SIZE - 16, name, again);
        name = other;
    }
    CVR_TRY(cvr_dictionary_add(names, name, strlen(name), &place));
    CVR_TRY(cvr_text_copy(name, &c->name[j]));
done:
    return status;
}

static cvr_status take_names(cvr_reader *r, csv *c, const cvr_fields *first)
{
    cvr_status status = CVR_OK;
    cvr_dictionary names = {0};
    int64_t shift = c->columns > first->count ? c->columns - first->count : 0;
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->name, "column names", (void **)&c->name));
    for (int64_t j = 0; j < c->columns; j++) {
        bool named = j >= shift && j - shift < first->count;
        const char *name = named ? first->item[j - shift] : "";
        CVR_TRY(to_utf8(r, OTHER, &name));
        CVR_TRY(name_column(c, &names, j, name));
    }
done:
    cvr_dictionary_free(&names);
    return status;
}

/* Numbers that rise by one from row to row. */
static void look_for_counts(csv *c, const sample *s)
{
    for (int64_t j = 0; c->header && j < c->columns; j++) {
        double before = 0, v = 0;
        int64_t rows = 1;
        for (bool counts = true; rows < s->count && counts; rows++) {
            const cvr_fields *f = &s->row[rows];
            counts = j < f->count &&
                     cvr_dialect_number(&c->records.dialect, f->item[j], &v) &&
                     (rows == 1 || v == before + 1);
            before = v;
            c->counting[j] = counts && rows >= 3;
        }
        c->counting[j] = c->counting[j] && rows == s->count;
    }
}

static cvr_status plan_columns(cvr_reader *r, csv *c, const sample *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_stream_justify(r->in, cvr_times(c->columns, EACH_COLUMN), "a row"));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->place, "columns", (void **)&c->place));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->value, "a row", (void **)&c->value));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->target, "targets", (void **)&c->target));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->counting, "columns", (void **)&c->counting));
    if (c->header)
        CVR_TRY(take_names(r, c, &s->row[0]));
    look_for_counts(c, s);
    cvr_header_row h = {.path = r->path,
                        .name = c->name,
                        .count = c->columns,
                        .counting = c->counting,
                        .target = r->target,
                        .ignore = r->ignore,
                        .optional = r->optional || r->unlabelled,
                        .unlabelled = r->unlabelled,
                        .quiet = r->quiet};
    CVR_TRY(cvr_table_place(r->table, &h, c->place, &r->targets));
    r->features = cvr_columns_raw(&r->table->columns);
    for (int64_t j = 0; j < c->columns; j++)
        if (c->place[j].target >= 0)
            r->label_column = j + 1;
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
    CVR_TRY(plan_columns(r, c, &s));
done:
    free_sample(&s);
    return status;
}

/* ---- rows ------------------------------------------------------------------------- */

static cvr_field field_at(const cvr_reader *r, int64_t j)
{
    const csv *c = r->state;
    return (cvr_field){r->path, c->line, j + 1, c->name ? c->name[j] : NULL};
}

static cvr_status bad_field(const cvr_reader *r, int64_t j, const char *what)
{
    char place[CVR_FIELD_SIZE];
    cvr_field at = field_at(r, j);
    return cvr_fail(CVR_BAD_DATA, "%s: %s", cvr_field_place(&at, place), what);
}

/* Field j as UTF-8, and its number, NaN when it is none. */
static cvr_status take_text(cvr_reader *r, cvr_cursor *at, int64_t j, int use,
                            const char **text, double *number)
{
    const csv *c = r->state;
    char *field = cvr_fields_text(at);
    if (!field)
        return bad_field(r, j, "a quote is not closed");
    if (!cvr_dialect_number(&c->records.dialect, field, number))
        *number = NAN;
    *text = field;
    return to_utf8(r, use, text);
}

/* A number with a comma in a file with decimal points: no category. */
static cvr_status check_comma(const cvr_reader *r, int64_t j, const char *text)
{
    const csv *c = r->state;
    char quoted[CVR_QUOTE_SIZE], what[CVR_QUOTE_SIZE + 24];
    double v;
    if (!c->plain || !strchr(text, ',') ||
        !cvr_dialect_number(&(cvr_dialect){.decimal = ','}, text, &v))
        return CVR_OK;
    snprintf(what, sizeof what, "'%s' is not a number", cvr_quote(text, quoted));
    bad_field(r, j, what);
    cvr_hint("--decimal , reads it as %g; thousands have no sign between them", v);
    return CVR_BAD_DATA;
}

/* Anything but a plain number where numbers are. */
static cvr_status take_value(cvr_reader *r, cvr_cursor *at, int64_t j)
{
    csv *c = r->state;
    cvr_scan *scan = &r->table->scan;
    int32_t k = c->place[j].feature;
    const char *text = NULL;
    double number = NAN;
    cvr_field field = field_at(r, j);
    cvr_status status = take_text(r, at, j, OTHER, &text, &number);
    if (status == CVR_OK && isnan(number))
        status = check_comma(r, j, text);
    if (status != CVR_OK)
        return status;
    status = cvr_scan_text(scan, k, text, number, &field, &c->value[k]);
    c->missing =
        c->missing || (isnan(c->value[k]) &&
                       scan->columns->item[scan->item[k]].missing == CVR_MISSING_DROP);
    return status;
}

static cvr_status take_feature(cvr_reader *r, cvr_cursor *at, int64_t j)
{
    csv *c = r->state;
    int32_t k = c->place[j].feature;
    cvr_cursor before = *at;
    if (c->plain && !r->table->scan.coded[k]) {
        if (cvr_fields_number(at, &c->value[k]) && isfinite(c->value[k]))
            return CVR_OK;
        *at = before;
    }
    return take_value(r, at, j);
}

/* Looks whether there is a number, without computing it. */
static cvr_status look_at_feature(cvr_reader *r, cvr_cursor *at, int64_t j)
{
    csv *c = r->state;
    int32_t k = c->place[j].feature;
    c->value[k] = 0;
    if (c->plain && !r->table->scan.coded[k] && cvr_fields_pass(at))
        return CVR_OK;
    return take_value(r, at, j);
}

static cvr_status missing_target(const cvr_reader *r, int64_t j)
{
    cvr_status status = bad_field(r, j, "a value is missing");
    cvr_hint("this column is the target; --missing drop leaves such rows out, --target "
             "names another column");
    return status;
}

static cvr_status take_target(cvr_reader *r, cvr_cursor *at, int64_t j,
                              const char **label)
{
    csv *c = r->state;
    double *target = &c->target[c->place[j].target];
    cvr_status status = take_text(r, at, j, LABEL, label, target);
    if (status != CVR_OK)
        return status;
    if (cvr_word_missing_label(*label)) {
        c->missing = c->missing || r->drops;
        return r->drops ? CVR_OK : missing_target(r, j);
    }
    if (r->targets > 1 && !isfinite(*target))
        return bad_field(
            r, j, isinf(*target) ? "a target is not finite" : "a target is not a number");
    if (!c->plain && !isnan(*target) && strchr(*label, ',')) {
        cvr_number_write(*target, CVR_DOUBLE, c->written);
        *label = c->written;
    }
    return CVR_OK;
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
    bool looks = r->skim;
    cvr_cursor at = cvr_fields_begin(line, c->records.dialect);
    int64_t j = 0;
    for (; at.more && j < c->columns; j++) {
        cvr_status status = CVR_OK;
        if (c->place[j].feature >= 0)
            status = looks ? look_at_feature(r, &at, j) : take_feature(r, &at, j);
        else if (c->place[j].target >= 0)
            status = take_target(r, &at, j, label);
        else if (!cvr_fields_skip(&at))
            status = bad_field(r, j, "a quote is not closed");
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
        bool target = c->place[j].target >= 0;
        cvr_status status = target ? take_target(r, &at, j, label) : CVR_OK;
        if (status != CVR_OK)
            return status;
        if (!target && !cvr_fields_skip(&at))
            return bad_field(r, j, "a quote is not closed");
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
    c->missing = false;
    CVR_TRY(r->skim && !r->looks ? parse_targets(r, line, &label)
                                 : parse(r, line, &label));
    r->line = c->line;
    *row = (cvr_row){.count = r->features,
                     .value = c->value,
                     .target = c->target,
                     .label = r->targets == 1 ? label : NULL,
                     .missing = c->missing};
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
    cvr_release(c->latin[LABEL].text);
    cvr_release(c->latin[OTHER].text);
    cvr_release(c->counting);
    cvr_release(c->place);
    cvr_release(c->value);
    cvr_release(c->target);
    cvr_release(c);
}

const cvr_format cvr_format_csv = {"csv", "CSV text", sniff, open, next, close};
