/* Raw rows in the terms of other columns: their order, their categories. */
#include "data/conform.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/dataset.h"
#include "data/dictionary.h"
#include "data/number.h"

enum { LIST = 200 };

/* from[k]: the raw column of the data that becomes raw column k; item[]: which of the
   data's columns a raw column is. */
typedef struct mapping {
    int64_t count, there;         /* raw columns of the model's and of the data */
    int64_t *from, *item, *other; /* other[k]: the model's item */
    bool same;                    /* from[k] = k for all */
} mapping;

static void free_mapping(mapping *m)
{
    cvr_release(m->from);
    cvr_release(m->item);
    cvr_release(m->other);
}

static int64_t list_raw(const cvr_columns *c, int64_t *item)
{
    int64_t count = 0;
    for (int64_t j = 0; j < c->count; j++)
        if (c->item[j].kind != CVR_COLUMN_IGNORED)
            item[count++] = j;
    return count;
}

static cvr_status match_names(const cvr_dataset *data, const cvr_columns *c, mapping *m)
{
    cvr_status status = CVR_OK;
    const cvr_columns *own = &data->transform.columns;
    cvr_dictionary names = {0};
    char missing[LIST] = "", label[CVR_COLUMN_LABEL];
    int64_t place = 0;
    for (int64_t k = 0; k < m->there; k++) {
        const char *name = own->item[m->item[k]].name;
        CVR_TRY(cvr_dictionary_add(&names, name, strlen(name), &place));
    }
    for (int64_t k = 0; k < m->count; k++) {
        const char *name = c->item[m->other[k]].name;
        m->from[k] = cvr_dictionary_find(&names, name, strlen(name));
        if (m->from[k] < 0)
            cvr_list_add(missing, LIST, cvr_columns_label(c, m->other[k], label));
    }
    if (*missing)
        CVR_FAIL(CVR_BAD_DATA, "%s: column %s, which the model needs, is missing",
                 data->source, missing);
    if (m->there > m->count)
        cvr_note(CVR_LOG_NOTE, "%s: %lld columns are left out: not in the model",
                 data->source, (long long)(m->there - m->count));
done:
    cvr_dictionary_free(&names);
    return status;
}

static cvr_status match(const cvr_dataset *data, const cvr_columns *c, mapping *m)
{
    cvr_status status = CVR_OK;
    const cvr_columns *own = &data->transform.columns;
    CVR_TRY(cvr_alloc(own->count, sizeof *m->item, "columns", (void **)&m->item));
    CVR_TRY(cvr_alloc(c->count, sizeof *m->other, "columns", (void **)&m->other));
    CVR_TRY(cvr_alloc(c->count, sizeof *m->from, "columns", (void **)&m->from));
    m->there = list_raw(own, m->item);
    m->count = list_raw(c, m->other);
    for (int64_t k = 0; k < m->count; k++)
        m->from[k] = k;
    if (own->count ? m->there != data->X.cols : data->X.cols != m->count)
        CVR_FAIL(CVR_BAD_DATA, "%s: rows have %lld features, the model takes %lld",
                 data->source, (long long)data->X.cols, (long long)m->count);
    if (own->count && cvr_columns_named(own) && cvr_columns_named(c))
        CVR_TRY(match_names(data, c, m));
    else if (data->X.cols != m->count)
        CVR_FAIL(CVR_BAD_DATA, "%s: rows have %lld features, the model takes %lld",
                 data->source, (long long)data->X.cols, (long long)m->count);
    m->same = data->X.cols == m->count;
    for (int64_t k = 0; k < m->count; k++)
        m->same = m->same && m->from[k] == k;
done:
    return status;
}

/* ---- categories -------------------------------------------------------------------- */

static int64_t place_of(const cvr_column *c, const char *text)
{
    for (int k = 0; k < c->categories; k++)
        if (strcmp(c->category[k], text) == 0)
            return k;
    return -1;
}

static bool same_categories(const cvr_column *a, const cvr_column *b)
{
    bool same = a->kind == CVR_COLUMN_CATEGORY && a->categories == b->categories;
    for (int k = 0; same && k < a->categories; k++)
        same = strcmp(a->category[k], b->category[k]) == 0;
    return same;
}

/* Places of `own` (NULL: numbers) become those of c. */
static void translate(const cvr_dataset *data, const cvr_column *own, const cvr_column *c,
                      double *v)
{
    bool coded = own && own->kind == CVR_COLUMN_CATEGORY;
    char written[CVR_NUMBER_SIZE], unknown[LIST] = "", quoted[CVR_QUOTE_SIZE];
    int64_t count = 0;
    for (int64_t i = 0; i < data->X.rows; i++) {
        const char *text = written;
        if (isnan(v[i]) || (coded && v[i] < 0))
            continue;
        if (coded)
            text = own->category[(int64_t)v[i]];
        else
            cvr_number_write(v[i] + 0.0, data->X.type, written);
        v[i] = (double)place_of(c, text);
        if (v[i] < 0 && !count++)
            cvr_list_add(unknown, LIST, cvr_quote(text, quoted));
    }
    if (count)
        cvr_note(CVR_LOG_NOTE,
                 "%s: column %s: %lld value%s unknown to the training rows ('%s'%s): "
                 "treated as none of its categories",
                 data->source, c->name ? c->name : "", (long long)count,
                 count == 1 ? " is" : "s are", unknown, count == 1 ? "" : ", ...");
}

/* Raw column v of the data as column c of the model. */
static cvr_status conform_column(const cvr_dataset *data, const cvr_column *own,
                                 const cvr_column *c, double *v)
{
    bool texts = own && own->kind == CVR_COLUMN_CATEGORY;
    if (c->kind == CVR_COLUMN_CATEGORY) {
        if (!own || !same_categories(own, c))
            translate(data, own, c, v);
        return CVR_OK;
    }
    if (!texts)
        return CVR_OK;
    return cvr_fail(CVR_BAD_DATA, "%s: column %s is texts, the model takes numbers",
                    data->source, own->name ? own->name : "");
}

static cvr_status conform_all(const cvr_dataset *data, const cvr_columns *c,
                              const mapping *m, cvr_mat X)
{
    cvr_status status = CVR_OK;
    const cvr_columns *own = &data->transform.columns;
    double *v = NULL;
    CVR_TRY(cvr_alloc(data->X.rows, sizeof *v, "a column", (void **)&v));
    for (int64_t k = 0; k < m->count; k++) {
        const cvr_column *from = own->count ? &own->item[m->item[m->from[k]]] : NULL;
        const cvr_column *to = &c->item[m->other[k]];
        bool moves = X.data != data->X.data;
        bool texts = to->kind == CVR_COLUMN_CATEGORY ||
                     (from && from->kind == CVR_COLUMN_CATEGORY);
        if (!moves && !texts)
            continue;
        cvr_column_get(data->X, m->from[k], v);
        CVR_TRY(conform_column(data, from, to, v));
        cvr_column_set(X, k, v);
    }
done:
    cvr_release(v);
    return status;
}

cvr_status cvr_columns_conform(cvr_dataset *data, const cvr_columns *c)
{
    cvr_status status = CVR_OK;
    mapping m = {0};
    cvr_dataset *fresh = NULL;
    CVR_TRY(match(data, c, &m));
    if (!m.same)
        CVR_TRY(cvr_dataset_new_like(data, m.count, 1, &fresh));
    CVR_TRY(conform_all(data, c, &m, m.same ? data->X : fresh->X));
    if (fresh) {
        cvr_mat_free(&data->X);
        data->X = fresh->X;
        fresh->X = (cvr_mat){0};
    }
done:
    cvr_dataset_free(fresh);
    free_mapping(&m);
    return status;
}
