/* A queue of records that were read ahead, and then lines as they come. */
#include "data/records.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "data/detect.h"
#include "data/fields.h"
#include "data/number.h"
#include "data/words.h"

enum { BYTES_AHEAD = 64 << 10, MOST_LINES = 1000 };

/* ---- lines to records -------------------------------------------------------------- */

/* Joins lines while quotes are open: not for ever, one may have been forgotten. */
static cvr_status close_quotes(cvr_records *r, char **line, char **end)
{
    cvr_status status = CVR_OK;
    cvr_dialect d = r->dialect;
    d.quote = d.quote ? d.quote : '"';
    bool more = memchr(*line, d.quote, (size_t)(*end - *line)) != NULL;
    for (int i = 0; more && i < MOST_LINES && cvr_fields_open(*line, d); i++)
        CVR_TRY(cvr_lines_join(&r->lines, line, end, &more));
done:
    return status;
}

/* The next line that is not blank, and what belongs to it. */
static cvr_status next_line(cvr_records *r, char **line, int64_t *number)
{
    cvr_status status = CVR_OK;
    char *end = NULL;
    do
        CVR_TRY(cvr_lines_next(&r->lines, line, &end));
    while (*line && *line + strspn(*line, " \t") == end);
    *number = r->lines.number;
    if (*line)
        CVR_TRY(close_quotes(r, line, &end));
done:
    return status;
}

static bool hashed(const char *line)
{
    return line[strspn(line, " \t")] == '#';
}

static cvr_status count_fields(cvr_records *r, const char *line, int64_t *count)
{
    cvr_status status = CVR_OK;
    int64_t length = (int64_t)strlen(line) + 1;
    if (length > r->scratch_room) {
        CVR_TRY(cvr_grow((void **)&r->scratch, length, 1, "a line of text"));
        r->scratch_room = length;
    }
    memcpy(r->scratch, line, (size_t)length);
    *count = cvr_fields_count(r->scratch, r->dialect);
done:
    return status;
}

/* Nothing but delimiters: the rows that spreadsheets leave below a table. */
static bool empty(const cvr_records *r, const char *line)
{
    char blanks[] = {r->dialect.delimiter, ' ', '\t', '\0'};
    return *line == r->dialect.delimiter && line[strspn(line, blanks)] == '\0';
}

cvr_status cvr_records_next(cvr_records *r, char **line, int64_t *number)
{
    cvr_status status = CVR_OK;
    for (int64_t fields = 0;; fields = 0) {
        if (r->next < r->count) {
            *line = r->ahead[r->next].text;
            *number = r->ahead[r->next++].number;
        } else {
            CVR_TRY(next_line(r, line, number));
        }
        if (!*line || (!empty(r, *line) && !hashed(*line)))
            return CVR_OK;
        if (r->hash_records && !empty(r, *line))
            CVR_TRY(count_fields(r, *line, &fields));
        if (fields == r->fields)
            return CVR_OK;
    }
done:
    return status;
}

/* ---- reading ahead ----------------------------------------------------------------- */

static cvr_status keep(cvr_records *r, const char *line, int64_t number)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_make_room((void **)&r->ahead, &r->room, r->count + 1, sizeof *r->ahead,
                          "lines of text"));
    r->ahead[r->count].number = number;
    CVR_TRY(cvr_text_copy(line, &r->ahead[r->count].text));
    r->count++;
done:
    return status;
}

/* Long comments at the beginning are dropped, two lines of data are always taken. */
static cvr_status look_ahead(cvr_records *r)
{
    cvr_status status = CVR_OK;
    int64_t plain = 0, number = 0;
    size_t bytes = 0;
    while (plain < CVR_RECORDS_AHEAD && (bytes < BYTES_AHEAD || plain < 2)) {
        char *line = NULL;
        CVR_TRY(next_line(r, &line, &number));
        if (!line)
            break;
        if (hashed(line) && bytes >= BYTES_AHEAD)
            continue;
        CVR_TRY(keep(r, line, number));
        plain += !hashed(line);
        bytes += strlen(line);
    }
done:
    return status;
}

/* Excel's first line "sep=;". */
static void take_separator(cvr_records *r)
{
    char *line = r->count > 0 ? r->ahead[0].text : NULL;
    if (!line || strncasecmp(line, "sep=", 4) != 0 || !line[4] || line[5])
        return;
    if (!r->dialect.delimiter)
        r->dialect.delimiter = line[4];
    r->next = 1;
}

/* Those read ahead that are surely records, or all when none is; the caller frees the
   list. */
static cvr_status list_plain(const cvr_records *r, char ***lines, int64_t *count)
{
    *count = 0;
    cvr_status status =
        cvr_alloc(r->count, sizeof **lines, "lines of text", (void **)lines);
    if (status != CVR_OK)
        return status;
    for (int64_t i = r->next; i < r->count; i++)
        if (!hashed(r->ahead[i].text))
            (*lines)[(*count)++] = r->ahead[i].text;
    return status;
}

/* Fields of a record, and whether first fields (but that of a header) are texts. */
static cvr_status look_at_first_fields(cvr_records *r, char *const *lines, int64_t count)
{
    cvr_status status = CVR_OK;
    cvr_fields f = {0};
    double v;
    for (int64_t i = 0; i < count; i++) {
        CVR_TRY(cvr_fields_split(lines[i], r->dialect, &f));
        r->fields = f.count;
        if (i > 0 && f.count > 0)
            r->hash_records =
                r->hash_records || (!cvr_dialect_number(&r->dialect, f.item[0], &v) &&
                                    !cvr_word_missing(f.item[0]));
        cvr_fields_free(&f);
    }
done:
    return status;
}

cvr_status cvr_records_open(cvr_records *r, cvr_stream *in, cvr_dialect dialect)
{
    cvr_status status = CVR_OK;
    char **lines = NULL;
    int64_t count = 0;
    *r = (cvr_records){.lines.in = in, .dialect = dialect};
    CVR_TRY(look_ahead(r));
    take_separator(r);
    CVR_TRY(list_plain(r, &lines, &count));
    if (count > 0)
        CVR_TRY(cvr_dialect_detect(lines, count, &r->dialect));
    CVR_TRY(look_at_first_fields(r, lines, count));
done:
    cvr_release(lines);
    return status;
}

void cvr_records_close(cvr_records *r)
{
    for (int64_t i = 0; i < r->count; i++)
        cvr_release(r->ahead[i].text);
    cvr_release(r->ahead);
    cvr_release(r->scratch);
    cvr_lines_free(&r->lines);
    *r = (cvr_records){0};
}
