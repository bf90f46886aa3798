/* CSV: numbers between commas, semicolons, tabs, bars or blanks; with a header or
   without; fields in quotes; lines that begin with '#' are comments. What a file is like
   is found from its first lines (dialect.h, header.h, records.h).

   A first column whose header is empty, or that has none where the others have one, is a
   row's name, as R and pandas write it, and is left out.

   Compressed text cannot be sought: of several processes each decompresses a .gz file
   whole, twice (data/load.c). The first time it looks what kinds of fields there are,
   the second time it parses its own rows; of the others it looks at the target alone. */
#include "data/csv_open.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "data/fields.h"
#include "data/words.h"

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

/* ---- rows ------------------------------------------------------------------------- */

static cvr_field field_at(const cvr_reader *r, int64_t j)
{
    const cvr_csv *c = r->state;
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
    const cvr_csv *c = r->state;
    char *field = cvr_fields_text(at);
    if (!field)
        return bad_field(r, j, "a quote is not closed");
    if (!cvr_dialect_number(&c->records.dialect, field, number))
        *number = NAN;
    *text = field;
    return cvr_csv_utf8(r, use, text);
}

/* A number with a comma in a file with decimal points: no category. */
static cvr_status check_comma(const cvr_reader *r, int64_t j, const char *text)
{
    const cvr_csv *c = r->state;
    char quoted[CVR_QUOTE_SIZE], what[CVR_QUOTE_SIZE + 24];
    double v;
    if (!c->plain || !strchr(text, ',') ||
        !cvr_dialect_number(&(cvr_dialect){.decimal = ','}, text, &v))
        return CVR_OK;
    snprintf(what, sizeof what, "'%s' is not a number", cvr_quote(text, quoted));
    bad_field(r, j, what);
    cvr_hint("--decimal , reads it as %g; a thousands separator is not allowed", v);
    return CVR_BAD_DATA;
}

/* Anything but a plain number where numbers are. */
static cvr_status take_value(cvr_reader *r, cvr_cursor *at, int64_t j)
{
    cvr_csv *c = r->state;
    cvr_scan *scan = &r->table->scan;
    int32_t k = c->place[j].feature;
    const char *text = NULL;
    double number = NAN;
    cvr_field field = field_at(r, j);
    cvr_status status = take_text(r, at, j, CVR_OTHER_TEXT, &text, &number);
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
    cvr_csv *c = r->state;
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
    cvr_csv *c = r->state;
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
             "chooses another column");
    return status;
}

static cvr_status take_target(cvr_reader *r, cvr_cursor *at, int64_t j,
                              const char **label)
{
    cvr_csv *c = r->state;
    double *target = &c->target[c->place[j].target];
    if (r->unasked)
        return cvr_fields_skip(at) ? CVR_OK : bad_field(r, j, "a quote is not closed");
    cvr_status status = take_text(r, at, j, CVR_LABEL_TEXT, label, target);
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
    const cvr_csv *c = r->state;
    cvr_fail(CVR_BAD_DATA, "%s:%lld: %lld fields where %lld are expected", r->path,
             (long long)c->line, (long long)fields, (long long)c->columns);
    if (c->columns == 1)
        cvr_hint("the first line determines the number of fields: is it a title? (if "
                 "not: --delimiter)");
    return CVR_BAD_DATA;
}

static cvr_status parse(cvr_reader *r, char *line, const char **label)
{
    const cvr_csv *c = r->state;
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
   with their number, is found by the process that keeps them. */
static cvr_status parse_targets(cvr_reader *r, char *line, const char **label)
{
    const cvr_csv *c = r->state;
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
    cvr_csv *c = r->state;
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
    cvr_csv *c = r->state;
    if (!c)
        return;
    cvr_records_close(&c->records);
    for (int64_t j = 0; c->name && j < c->columns; j++)
        cvr_release(c->name[j]);
    cvr_release(c->name);
    cvr_release(c->latin[CVR_LABEL_TEXT].text);
    cvr_release(c->latin[CVR_OTHER_TEXT].text);
    cvr_release(c->counting);
    cvr_release(c->place);
    cvr_release(c->value);
    cvr_release(c->target);
    cvr_release(c);
}

const cvr_format cvr_format_csv = {"csv", "CSV text", sniff, cvr_csv_open, next, close};
