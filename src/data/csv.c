/* CSV: numbers between commas, semicolons, tabs or blanks; a header or none; fields in
   quotes; lines that begin with '#' are comments. A first column without a name in the
   header is a row number, as R and pandas write it, and is left out.

   The first line is a header when a field of it is a name (begins with a letter, not
   "nan" or "n/a") and the same field of the second line is a number; or when all of its
   fields are names. So a first row with a missing value is not taken for a header.

   Compressed text cannot be sought: of several processes each decompresses a .gz file
   whole, twice (data/load.c), and parses its own rows only; of the others it looks at the
   target alone. */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "data/fields.h"
#include "data/lines.h"
#include "data/number.h"
#include "data/reader.h"
#include "data/targets.h"
#include "data/words.h"

typedef struct csv {
    cvr_lines lines;
    char *ahead[2]; /* the first two lines, until they are given out */
    int64_t number[2];
    int64_t line; /* number of the line at hand */
    char delimiter;
    int64_t columns;
    bool header;
    int32_t *place;
    double *value, *target;
} csv;

/* ---- what kind of file ------------------------------------------------------------ */

static bool sniff(const unsigned char *head, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (head[i] < ' ' && !isspace(head[i]))
            return false;
    return true;
}

static bool is_number(const char *text)
{
    double v;
    return cvr_number_is(text, &v);
}

static bool is_name(const char *text)
{
    unsigned char first = (unsigned char)*text;
    return (isalpha(first) || first == '_' || first >= 128) && !is_number(text) &&
           !cvr_word_missing(text);
}

static bool is_header(const cvr_fields *first, const cvr_fields *second)
{
    int64_t names = 0;
    for (int64_t j = 0; j < first->count; j++) {
        bool name = is_name(first->item[j]);
        if (name && j < second->count && is_number(second->item[j]))
            return true;
        names += name || (j == 0 && first->item[0][0] == '\0');
    }
    return names == first->count && names > 0;
}

/* ---- opening ---------------------------------------------------------------------- */

static cvr_status read_ahead(csv *c)
{
    cvr_status status = CVR_OK;
    for (int i = 0; i < 2; i++) {
        char *line = NULL, *end = NULL;
        CVR_TRY(cvr_lines_next_filled(&c->lines, &line, &end));
        c->number[i] = c->lines.number;
        if (!line)
            break;
        CVR_TRY(cvr_text_copy(line, &c->ahead[i]));
    }
done:
    return status;
}

static void drop(csv *c, int i)
{
    cvr_release(c->ahead[i]);
    c->ahead[i] = NULL;
}

/* Where columns go. */
static cvr_status plan_columns(cvr_reader *r, csv *c, const cvr_fields *first)
{
    cvr_status status = CVR_OK;
    c->columns = first->count;
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->place, "columns", (void **)&c->place));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->value, "a row", (void **)&c->value));
    CVR_TRY(cvr_alloc(c->columns, sizeof *c->target, "targets", (void **)&c->target));
    CVR_TRY(cvr_targets_place(r->target, c->columns, c->header ? first->item : NULL,
                              r->path, c->place, &r->targets));
    if (c->header && first->item[0][0] == '\0' && c->place[0] == CVR_COLUMN_FEATURE)
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

static cvr_status open(cvr_reader *r)
{
    cvr_status status = CVR_OK;
    cvr_fields first = {0}, second = {0};
    CVR_TRY(cvr_alloc(1, sizeof(csv), "a CSV reader", &r->state));
    csv *c = r->state;
    c->lines.in = r->in;
    CVR_TRY(read_ahead(c));
    if (!c->ahead[0])
        CVR_FAIL(CVR_BAD_DATA, "%s: the file has no rows", r->path);
    c->delimiter = cvr_fields_delimiter(c->ahead[0]);
    CVR_TRY(cvr_fields_split(c->ahead[0], c->delimiter, &first));
    if (c->ahead[1])
        CVR_TRY(cvr_fields_split(c->ahead[1], c->delimiter, &second));
    c->header = is_header(&first, &second);
    CVR_TRY(plan_columns(r, c, &first));
    if (c->header)
        drop(c, 0);
done:
    cvr_fields_free(&first);
    cvr_fields_free(&second);
    return status;
}

/* ---- rows ------------------------------------------------------------------------- */

static cvr_status bad_field(const cvr_reader *r, int64_t j, const char *text)
{
    const csv *c = r->state;
    char quoted[CVR_QUOTE_SIZE];
    double v;
    long long line = c->line, column = j + 1;
    if (!text)
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: column %lld: a quote is not closed",
                        r->path, line, column);
    if (*text == '\0')
        return cvr_fail(CVR_BAD_DATA, "%s:%lld: column %lld: a value is missing", r->path,
                        line, column);
    return cvr_fail(CVR_BAD_DATA, "%s:%lld: column %lld: '%s' is not %s", r->path, line,
                    column, cvr_quote(text, quoted),
                    cvr_number_is(text, &v) ? "finite" : "a number");
}

/* The number of field j, in quotes or not. */
static cvr_status take_value(const cvr_reader *r, cvr_cursor *at, int64_t j,
                             double *value)
{
    cvr_cursor before = *at;
    if (cvr_fields_number(at, value) && isfinite(*value))
        return CVR_OK;
    *at = before;
    const char *text = cvr_fields_text(at);
    if (!text || !cvr_number_is(text, value) || !isfinite(*value))
        return bad_field(r, j, text);
    return CVR_OK;
}

static cvr_status take_field(const cvr_reader *r, cvr_cursor *at, int64_t j,
                             int64_t *feature, const char **label)
{
    csv *c = r->state;
    int32_t place = c->place[j];
    if (place == CVR_COLUMN_FEATURE)
        return take_value(r, at, j, &c->value[(*feature)++]);
    if (place >= 0 && r->targets > 1)
        return take_value(r, at, j, &c->target[place]);
    const char *text = cvr_fields_text(at);
    if (!text || (place >= 0 && cvr_word_missing_label(text)))
        return bad_field(r, j, text);
    if (place >= 0)
        *label = text;
    return CVR_OK;
}

static cvr_status parse(const cvr_reader *r, char *line, const char **label)
{
    const csv *c = r->state;
    cvr_cursor at = cvr_fields_begin(line, c->delimiter);
    int64_t feature = 0, j = 0;
    for (; at.more && j < c->columns; j++) {
        cvr_status status = take_field(r, &at, j, &feature, label);
        if (status != CVR_OK)
            return status;
    }
    if (j == c->columns && !at.more)
        return CVR_OK;
    j += at.more ? cvr_fields_count(at.p, c->delimiter) : 0;
    return cvr_fail(CVR_BAD_DATA, "%s:%lld: %lld fields where %lld are expected", r->path,
                    (long long)c->line, (long long)j, (long long)c->columns);
}

/* The targets of a line whose other fields are not wanted. What is wrong with those, and
   with their number, is found by who wants them. */
static cvr_status parse_targets(const cvr_reader *r, char *line, const char **label)
{
    const csv *c = r->state;
    cvr_cursor at = cvr_fields_begin(line, c->delimiter);
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

/* The line to parse: one read ahead, or the next; NULL at the end. */
static cvr_status next_line(csv *c, char **line)
{
    char *end = NULL;
    for (int i = 0; i < 2; i++)
        if (c->ahead[i]) {
            *line = c->ahead[i];
            c->line = c->number[i];
            return CVR_OK;
        }
    cvr_status status = cvr_lines_next_filled(&c->lines, line, &end);
    c->line = c->lines.number;
    return status;
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    csv *c = r->state;
    cvr_status status = CVR_OK;
    char *line = NULL;
    const char *label = NULL;
    if (c->ahead[0] && c->line == c->number[0])
        drop(c, 0);
    else if (c->ahead[1] && c->line == c->number[1])
        drop(c, 1);
    CVR_TRY(next_line(c, &line));
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
    cvr_lines_free(&c->lines);
    drop(c, 0);
    drop(c, 1);
    cvr_release(c->place);
    cvr_release(c->value);
    cvr_release(c->target);
    cvr_release(c);
}

const cvr_format cvr_format_csv = {"csv", "CSV text", sniff, open, next, close};
