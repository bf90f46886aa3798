/* What a CSV file is like: from the records that are read ahead. */
#include "data/csv_open.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/dictionary.h"
#include "data/fields.h"
#include "data/header.h"
#include "data/latin.h"

enum { NAME_SIZE = 256, EACH_COLUMN = 256 };

/* ---- texts ------------------------------------------------------------------------- */

cvr_status cvr_csv_utf8(cvr_reader *r, int use, const char **text)
{
    cvr_csv *c = r->state;
    cvr_scratch *latin = &c->latin[use];
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
                 "%s: its texts are not UTF-8: they are read as Latin-1 (Windows-1252)",
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

static cvr_status add_row(const cvr_csv *c, int64_t at, const char *text, sample *s)
{
    cvr_status status = cvr_fields_split(text, c->records.dialect, &s->row[s->count]);
    if (status != CVR_OK)
        return status;
    s->at[s->count++] = at;
    return CVR_OK;
}

static const char *ahead(const cvr_csv *c, int64_t at)
{
    const char *text = c->records.ahead[at].text;
    return text + strspn(text, " \t");
}

static cvr_status take_sample(const cvr_csv *c, sample *s)
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
static cvr_status try_comment(cvr_csv *c, sample *s)
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

static cvr_status find_header(cvr_csv *c, sample *s)
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
static cvr_status name_column(cvr_csv *c, cvr_dictionary *names, int64_t j,
                              const char *name)
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

static cvr_status take_names(cvr_reader *r, cvr_csv *c, const cvr_fields *first)
{
    cvr_status status = CVR_OK;
    cvr_dictionary names = {0};
    int64_t shift = c->columns > first->count ? c->columns - first->count : 0;
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->name, "column names", (void **)&c->name));
    for (int64_t j = 0; j < c->columns; j++) {
        bool named = j >= shift && j - shift < first->count;
        const char *name = named ? first->item[j - shift] : "";
        CVR_TRY(cvr_csv_utf8(r, CVR_OTHER_TEXT, &name));
        CVR_TRY(name_column(c, &names, j, name));
    }
done:
    cvr_dictionary_free(&names);
    return status;
}

/* Numbers that rise by one from row to row. */
static void look_for_counts(cvr_csv *c, const sample *s)
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

static cvr_status plan_columns(cvr_reader *r, cvr_csv *c, const sample *s)
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
static void count_columns(cvr_csv *c, const sample *s)
{
    c->trails = cvr_header_trails(s->row, s->count);
    c->columns = s->row[0].count;
    if (c->trails)
        c->columns = s->row[1].count - 1;
    else if (c->header && s->count > 1 && s->row[1].count == c->columns + 1)
        c->columns++;
}

cvr_status cvr_csv_open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    sample s = {0};
    CVR_TRY(cvr_alloc(1, sizeof(cvr_csv), "a CSV reader", &r->state));
    cvr_csv *c = r->state;
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
