/* What a column is, after its last row.

   Booleans, if all are true, false, yes or no. Names of rows, if more than ten and all
   different. Slips, if half or more are numbers and a text has come once: an error. Else
   categories, of which there are at most 50. */
#include "data/settle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/number.h"
#include "data/words.h"
#include "linalg/ops.h"

enum { LIST = 300 };

typedef enum verdict { NUMBERS, BOOLEANS, CATEGORIES, NAMES, SLIP, TOO_MANY } verdict;

/* ---- judging ----------------------------------------------------------------------- */

static bool is_number(const char *text)
{
    double v;
    return cvr_number_is(text, &v);
}

static bool all_booleans(const cvr_scan_column *c)
{
    for (int64_t i = 0; i < c->texts.count; i++) {
        const char *text = c->texts.key[i].bytes;
        if (cvr_word_boolean(text) < 0 && strcmp(text, "0") != 0 &&
            strcmp(text, "1") != 0)
            return false;
    }
    return c->texts.count > 0 && !c->crowded;
}

static bool has_slip(const cvr_scan_column *c, int64_t seen)
{
    bool rare = c->crowded;
    for (int64_t i = 0; i < c->texts.count; i++)
        rare = rare || (c->rows[i] == 1 && !is_number(c->texts.key[i].bytes));
    return rare && c->numbers >= seen - c->missing - c->numbers;
}

static verdict judge(const cvr_scan *s, int64_t k)
{
    const cvr_scan_column *c = s->of[k];
    if (!s->coded[k])
        return NUMBERS;
    if (all_booleans(c))
        return BOOLEANS;
    if (has_slip(c, s->seen))
        return SLIP;
    if (!c->repeated && c->numbers == 0 && c->texts.count >= CVR_FEWEST_NAMES)
        return NAMES;
    return c->crowded || c->texts.count > CVR_MOST_CATEGORIES ? TOO_MANY : CATEGORIES;
}

static cvr_status say_slip(const cvr_scan *s, int64_t k)
{
    char label[CVR_COLUMN_LABEL];
    cvr_fail(CVR_BAD_DATA, "%s is not a number", s->of[k]->first);
    cvr_hint("most values of this column are numbers; --ignore %s leaves it out",
             cvr_columns_label(s->columns, s->item[k], label));
    return CVR_BAD_DATA;
}

static cvr_status say_too_many(const cvr_scan *s, const verdict *is)
{
    char list[LIST] = "", label[CVR_COLUMN_LABEL];
    const char *first = NULL;
    for (int64_t k = 0; k < s->count; k++) {
        if (is[k] != TOO_MANY)
            continue;
        cvr_columns_label(s->columns, s->item[k], label);
        snprintf(list + strlen(list), LIST - strlen(list), "%s%s", *list ? "," : "",
                 label);
        first = first ? first : s->of[k]->first;
    }
    cvr_fail(CVR_BAD_DATA, "%s is a text, and the column has more than %d of them", first,
             CVR_MOST_CATEGORIES);
    cvr_hint("--ignore %s leaves out such columns; or convert them to numbers", list);
    return CVR_BAD_DATA;
}

static cvr_status judge_all(const cvr_scan *s, verdict *is)
{
    bool crowd = false;
    for (int64_t k = 0; k < s->count; k++) {
        is[k] = judge(s, k);
        if (is[k] == SLIP)
            return say_slip(s, k);
        crowd = crowd || is[k] == TOO_MANY;
    }
    return crowd ? say_too_many(s, is) : CVR_OK;
}

/* ---- numbers before the first text ------------------------------------------------- */

/* Their places among the texts, as if these had been known from the beginning. */
static cvr_status code_numbers(const cvr_scan *s, int64_t k, cvr_mat X, double *v)
{
    cvr_scan_column *c = s->of[k];
    cvr_status status = CVR_OK;
    if (!s->coded[k] || c->from <= 0 || !X.data)
        return CVR_OK;
    cvr_column_get(X, k, v);
    for (int64_t i = 0; i < c->from; i++) {
        char written[CVR_NUMBER_SIZE];
        int64_t at = 0;
        if (isnan(v[i]))
            continue;
        cvr_number_write(v[i] + 0.0, X.type, written);
        c->crowded =
            c->crowded || (c->texts.count >= CVR_MOST_TEXTS &&
                           cvr_dictionary_find(&c->texts, written, strlen(written)) < 0);
        if (!c->crowded)
            CVR_TRY(cvr_scan_count(c, written, &at));
        v[i] = (double)at;
    }
    cvr_column_set(X, k, v);
done:
    return status;
}

/* ---- the columns, and X in their terms --------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Texts in order become categories; new_place[i]: where text i is among them. */
static cvr_status take_categories(cvr_column *item, const cvr_dictionary *texts,
                                  double *new_place)
{
    cvr_status status = CVR_OK;
    int64_t count = texts->count;
    CVR_TRY(
        cvr_alloc(count, sizeof *item->category, "categories", (void **)&item->category));
    item->categories = (int)count;
    for (int64_t i = 0; i < count; i++)
        CVR_TRY(cvr_text_copy(texts->key[i].bytes, &item->category[i]));
    qsort(item->category, (size_t)count, sizeof *item->category, by_name);
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++)
            if (strcmp(item->category[j], texts->key[i].bytes) == 0)
                new_place[i] = (double)j;
done:
    return status;
}

static void take_booleans(const cvr_dictionary *texts, double *new_place)
{
    for (int64_t i = 0; i < texts->count; i++) {
        int word = cvr_word_boolean(texts->key[i].bytes);
        new_place[i] = word >= 0 ? word : *texts->key[i].bytes == '1';
    }
}

static void replace(cvr_mat X, int64_t k, const double *new_place, double *v)
{
    if (!X.data)
        return;
    cvr_column_get(X, k, v);
    for (int64_t i = 0; i < X.rows; i++)
        if (!isnan(v[i]))
            v[i] = new_place[(int64_t)v[i]];
    cvr_column_set(X, k, v);
}

static cvr_status settle_column(cvr_scan *s, int64_t k, verdict is, cvr_mat X, double *v)
{
    double new_place[CVR_MOST_TEXTS];
    cvr_column *item = &s->columns->item[s->item[k]];
    cvr_status status = CVR_OK;
    if (is == NUMBERS)
        return CVR_OK;
    if (is == NAMES) {
        item->kind = CVR_COLUMN_IGNORED;
        return CVR_OK;
    }
    item->kind = is == BOOLEANS ? CVR_COLUMN_BOOLEAN : CVR_COLUMN_CATEGORY;
    if (is == BOOLEANS)
        take_booleans(&s->of[k]->texts, new_place);
    else
        CVR_TRY(take_categories(item, &s->of[k]->texts, new_place));
    replace(X, k, new_place, v);
done:
    return status;
}

/* Columns that are left out close up. */
static void remove_columns(const verdict *is, int64_t count, cvr_mat *X)
{
    int64_t kept = 0;
    for (int64_t k = 0; X->data && k < count; k++) {
        if (is[k] == NAMES)
            continue;
        if (kept < k)
            cvr_copy(cvr_mat_cols(*X, kept, 1), cvr_mat_cols(*X, k, 1));
        kept++;
    }
    if (X->data)
        X->cols = kept;
}

/* ---- notes ------------------------------------------------------------------------- */

static void tell(const cvr_scan *s, const verdict *is, const char *source)
{
    static const struct {
        verdict is;
        const char *sentence;
    } notes[] = {{CATEGORIES, "texts are categories, one feature each"},
                 {BOOLEANS, "true and yes are 1, false and no are 0"},
                 {NAMES, "left out: its texts are all different, like names of rows"}};
    char label[CVR_COLUMN_LABEL], one[CVR_COLUMN_LABEL + 24];
    for (int n = 0; n < 3; n++) {
        char list[LIST] = "";
        for (int64_t k = 0; k < s->count; k++) {
            if (is[k] != notes[n].is)
                continue;
            cvr_columns_label(s->columns, s->item[k], label);
            if (is[k] == CATEGORIES)
                snprintf(one, sizeof one, "%s (%lld)", label,
                         (long long)s->of[k]->texts.count);
            else
                snprintf(one, sizeof one, "%s", label);
            cvr_list_add(list, LIST, one);
        }
        if (*list)
            cvr_note(CVR_LOG_NOTE, "%s: column%s %s: %s", source,
                     strstr(list, ", ") ? "s" : "", list, notes[n].sentence);
    }
}

cvr_status cvr_scan_settle(cvr_scan *s, const char *source, cvr_mat *X)
{
    cvr_status status = CVR_OK;
    verdict *is = NULL;
    double *v = NULL;
    if (!s->learns)
        return CVR_OK;
    CVR_TRY(cvr_alloc(s->count, sizeof *is, "columns", (void **)&is));
    CVR_TRY(cvr_alloc(X->rows, sizeof *v, "a column", (void **)&v));
    for (int64_t k = 0; k < s->count; k++)
        CVR_TRY(code_numbers(s, k, *X, v));
    CVR_TRY(judge_all(s, is));
    for (int64_t k = 0; k < s->count; k++)
        CVR_TRY(settle_column(s, k, is[k], *X, v));
    remove_columns(is, s->count, X);
    tell(s, is, source);
    if (s->count > 0 && cvr_columns_raw(s->columns) == 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: no feature columns", source);
done:
    cvr_release(is);
    cvr_release(v);
    return status;
}
