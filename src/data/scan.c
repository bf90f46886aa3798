/* Field by field; what it comes to is in settle.c. */
#include "data/scan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/number.h"
#include "data/words.h"

/* ---- making ------------------------------------------------------------------------ */

static void free_column(cvr_scan_column *c)
{
    if (!c)
        return;
    cvr_dictionary_free(&c->texts);
    cvr_release(c->rows);
    cvr_release(c->first);
    cvr_release(c);
}

void cvr_scan_close(cvr_scan *s)
{
    for (int64_t k = 0; s->of && k < s->count; k++)
        free_column(s->of[k]);
    cvr_release(s->of);
    cvr_release(s->item);
    cvr_release(s->coded);
    *s = (cvr_scan){0};
}

static cvr_status need(cvr_scan *s, int64_t k)
{
    if (s->of[k])
        return CVR_OK;
    return cvr_alloc(1, sizeof *s->of[k], "a column", (void **)&s->of[k]);
}

cvr_status cvr_scan_count(cvr_scan_column *c, const char *text, int64_t *place)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_dictionary_add(&c->texts, text, strlen(text), place));
    CVR_TRY(
        cvr_make_room((void **)&c->rows, &c->room, *place + 1, sizeof *c->rows, "texts"));
    c->repeated = c->repeated || c->rows[*place] > 0;
    c->rows[*place]++;
done:
    return status;
}

/* The categories of a column that is known. */
static cvr_status know_texts(cvr_scan *s, int64_t k, const cvr_column *item)
{
    cvr_status status = CVR_OK;
    int64_t place = 0;
    s->coded[k] = item->kind == CVR_COLUMN_CATEGORY || item->kind == CVR_COLUMN_BOOLEAN;
    if (item->kind != CVR_COLUMN_CATEGORY)
        return CVR_OK;
    CVR_TRY(need(s, k));
    for (int i = 0; i < item->categories; i++)
        CVR_TRY(cvr_scan_count(s->of[k], item->category[i], &place));
done:
    return status;
}

cvr_status cvr_scan_open(cvr_scan *s, cvr_columns *columns, bool learns)
{
    cvr_status status = CVR_OK;
    int64_t count = cvr_columns_raw(columns), k = 0;
    *s = (cvr_scan){.columns = columns, .learns = learns};
    CVR_TRY(cvr_alloc(count, sizeof(cvr_scan_column *), "columns", (void **)&s->of));
    CVR_TRY(cvr_alloc(count, sizeof *s->item, "columns", (void **)&s->item));
    CVR_TRY(cvr_alloc(count, sizeof *s->coded, "columns", (void **)&s->coded));
    s->count = count;
    for (int64_t j = 0; j < columns->count; j++) {
        if (columns->item[j].kind == CVR_COLUMN_IGNORED)
            continue;
        s->item[k] = j;
        if (!learns)
            CVR_TRY(know_texts(s, k, &columns->item[j]));
        k++;
    }
done:
    return status;
}

/* ---- fields ------------------------------------------------------------------------ */

static const char *how_to_ignore(const cvr_scan *s, int64_t k,
                                 char label[CVR_COLUMN_LABEL])
{
    return cvr_columns_label(s->columns, s->item[k], label);
}

const char *cvr_field_place(const cvr_field *at, char place[CVR_FIELD_SIZE])
{
    char quoted[CVR_QUOTE_SIZE], name[CVR_QUOTE_SIZE + 4] = "";
    if (at->name && *at->name)
        snprintf(name, sizeof name, " (%s)", cvr_quote(at->name, quoted));
    snprintf(place, CVR_FIELD_SIZE, "%.280s:%lld: column %lld%s", at->path,
             (long long)at->line, (long long)at->column, name);
    return place;
}

static cvr_status take_missing(cvr_scan *s, int64_t k, const cvr_field *where,
                               double *value)
{
    cvr_status status = CVR_OK;
    char label[CVR_COLUMN_LABEL], place[CVR_FIELD_SIZE];
    *value = NAN;
    CVR_TRY(need(s, k));
    s->of[k]->missing++;
    if (s->columns->item[s->item[k]].missing != CVR_MISSING_ERROR)
        return CVR_OK;
    status =
        cvr_fail(CVR_BAD_DATA, "%s: a value is missing", cvr_field_place(where, place));
    if (s->learns)
        cvr_hint("--missing mean or median fills in a value, --missing drop leaves out "
                 "the row, --ignore %s the column",
                 how_to_ignore(s, k, label));
    else
        cvr_hint("no value was missing in training: train with --missing mean or median");
done:
    return status;
}

static cvr_status no_number(const char *text, double number, const cvr_field *where)
{
    char quoted[CVR_QUOTE_SIZE], place[CVR_FIELD_SIZE];
    return cvr_fail(CVR_BAD_DATA, "%s: '%s' is not %s", cvr_field_place(where, place),
                    cvr_quote(text, quoted), isnan(number) ? "a number" : "finite");
}

static cvr_status no_date(const cvr_scan *s, int64_t k, const char *text,
                          const cvr_field *where)
{
    char quoted[CVR_QUOTE_SIZE], label[CVR_COLUMN_LABEL], place[CVR_FIELD_SIZE];
    cvr_fail(CVR_BAD_DATA, "%s: '%s' is a date or a time", cvr_field_place(where, place),
             cvr_quote(text, quoted));
    cvr_hint("convert it to numbers (days, a year, a month), or --ignore %s",
             how_to_ignore(s, k, label));
    return CVR_BAD_DATA;
}

/* The first text of a column. */
static cvr_status begin_texts(cvr_scan *s, int64_t k, const char *text,
                              const cvr_field *where)
{
    cvr_status status = CVR_OK;
    char quoted[CVR_QUOTE_SIZE], first[500], place[CVR_FIELD_SIZE];
    CVR_TRY(need(s, k));
    snprintf(first, sizeof first, "%s: '%s'", cvr_field_place(where, place),
             cvr_quote(text, quoted));
    CVR_TRY(cvr_text_copy(first, &s->of[k]->first));
    s->coded[k] = true;
    s->of[k]->from = s->kept;
    s->of[k]->numbers = s->seen - s->of[k]->missing;
    s->of[k]->late = s->of[k]->numbers > 0;
done:
    return status;
}

/* A value of a column that has texts: its place among them. */
static cvr_status learn_text(cvr_scan *s, int64_t k, const char *text, double number,
                             const cvr_field *where, double *value)
{
    char written[CVR_NUMBER_SIZE];
    cvr_scan_column *c = s->of[k];
    cvr_status status = CVR_OK;
    int64_t at = 0, count = c->texts.count;
    if (!isnan(number)) {
        cvr_number_write(number + 0.0, CVR_DOUBLE, written);
        text = written;
        c->numbers++;
    }
    if (count == CVR_MOST_TEXTS)
        c->crowded = c->crowded || cvr_dictionary_find(&c->texts, text, strlen(text)) < 0;
    if (!c->crowded)
        CVR_TRY(cvr_scan_count(c, text, &at));
    if (c->texts.count > count && cvr_word_date(text))
        CVR_TRY(no_date(s, k, text, where));
    *value = (double)at;
done:
    return status;
}

/* The same in a column whose kind is known. */
static cvr_status look_up(cvr_scan *s, int64_t k, const char *text, double number,
                          const cvr_field *where, double *value)
{
    char written[CVR_NUMBER_SIZE], quoted[CVR_QUOTE_SIZE], place[CVR_FIELD_SIZE];
    bool categories = s->columns->item[s->item[k]].kind == CVR_COLUMN_CATEGORY;
    int word = cvr_word_boolean(text);
    if (!categories) {
        *value = word >= 0 ? word : number;
        if (*value == 0 || *value == 1)
            return CVR_OK;
        return cvr_fail(CVR_BAD_DATA, "%s: '%s' is neither true nor false",
                        cvr_field_place(where, place), cvr_quote(text, quoted));
    }
    int64_t at = cvr_dictionary_find(&s->of[k]->texts, text, strlen(text));
    if (at < 0 && !isnan(number)) {
        cvr_number_write(number + 0.0, CVR_DOUBLE, written);
        at = cvr_dictionary_find(&s->of[k]->texts, written, strlen(written));
    }
    *value = (double)at;
    if (at < 0 && !s->of[k]->unknown++)
        return cvr_text_copy(cvr_quote(text, quoted), &s->of[k]->first);
    return CVR_OK;
}

cvr_status cvr_scan_text(cvr_scan *s, int64_t k, const char *text, double number,
                         const cvr_field *where, double *value)
{
    cvr_status status = CVR_OK;
    if (cvr_word_missing(text))
        return take_missing(s, k, where, value);
    if (isinf(number))
        return no_number(text, number, where);
    if (s->coded[k])
        return s->learns ? learn_text(s, k, text, number, where, value)
                         : look_up(s, k, text, number, where, value);
    *value = number;
    if (!isnan(number))
        return CVR_OK;
    if (!s->learns)
        return no_number(text, number, where);
    CVR_TRY(begin_texts(s, k, text, where));
    CVR_TRY(learn_text(s, k, text, number, where, value));
done:
    return status;
}

bool cvr_scan_looks(const cvr_scan *s)
{
    bool looks = s->learns;
    for (int64_t k = 0; k < s->count; k++)
        looks = looks || s->coded[k];
    return looks;
}

bool cvr_scan_again(cvr_scan *s)
{
    bool late = false;
    for (int64_t k = 0; k < s->count; k++)
        late = late || (s->of[k] && s->of[k]->late);
    for (int64_t k = 0; late && k < s->count; k++) {
        cvr_scan_column *c = s->of[k];
        if (!c)
            continue;
        cvr_dictionary_free(&c->texts);
        if (c->rows)
            memset(c->rows, 0, (size_t)c->room * sizeof *c->rows);
        c->numbers = c->missing = c->from = 0;
        c->late = c->crowded = c->repeated = false;
    }
    s->seen = late ? 0 : s->seen;
    return late;
}

void cvr_scan_note(const cvr_scan *s, const char *source)
{
    char label[CVR_COLUMN_LABEL];
    for (int64_t k = 0; k < s->count; k++)
        if (s->of[k] && s->of[k]->unknown)
            cvr_note(CVR_LOG_NOTE,
                     "%s: column %s: %lld value%s unknown to the model ('%s'%s): treated "
                     "as none of its categories",
                     source, cvr_columns_label(s->columns, s->item[k], label),
                     (long long)s->of[k]->unknown,
                     s->of[k]->unknown == 1 ? " is" : "s are", s->of[k]->first,
                     s->of[k]->unknown == 1 ? "" : ", ...");
}
