/* Each kind of column is written with what it needs, and read with the same. */
#include "model/columns_json.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"

/* ---- writing ----------------------------------------------------------------------- */

static json_t *name_json(const char *name)
{
    return name ? json_string(name) : json_null();
}

static json_t *column_json(const cvr_column *c)
{
    bool filled = c->missing == CVR_MISSING_MEAN || c->missing == CVR_MISSING_MEDIAN;
    if (c->kind == CVR_COLUMN_NUMBER && c->missing == CVR_MISSING_ERROR && !c->indicator)
        return name_json(c->name);
    json_t *object =
        json_pack("{s:o, s:s, s:s}", "name", name_json(c->name), "kind",
                  cvr_column_kind_name(c->kind), "missing", cvr_missing_name(c->missing));
    json_t *categories = c->categories ? json_array() : NULL;
    for (int k = 0; k < c->categories; k++)
        json_array_append_new(categories, json_string(c->category[k]));
    if (object && categories)
        json_object_set_new(object, "categories", categories);
    if (object && c->indicator)
        json_object_set_new(object, "indicator", json_true());
    if (object && filled && isfinite(c->fill))
        json_object_set_new(object, "fill", json_real(c->fill));
    return object;
}

json_t *cvr_columns_to_json(const cvr_columns *c)
{
    json_t *columns = json_array(), *targets = json_array();
    for (int64_t j = 0; j < c->count; j++)
        json_array_append_new(columns, column_json(&c->item[j]));
    for (int k = 0; k < c->targets; k++)
        json_array_append_new(targets, json_pack("{s:o, s:I}", "name",
                                                 name_json(c->target[k].name), "at",
                                                 (json_int_t)c->target[k].at));
    return json_pack("{s:o, s:o}", "columns", columns, "targets", targets);
}

/* ---- reading ----------------------------------------------------------------------- */

static cvr_status read_name(const json_t *value, char **name, bool *ok)
{
    const char *text = json_string_value(value);
    *ok = *ok && (text || json_is_null(value));
    return text ? cvr_text_copy(text, name) : CVR_OK;
}

static cvr_status read_categories(const json_t *list, cvr_column *c, bool *ok)
{
    cvr_status status = CVR_OK;
    size_t count = json_array_size(list);
    *ok = *ok && json_is_array(list) && count <= INT_MAX;
    if (!*ok)
        return CVR_OK;
    CVR_TRY(cvr_alloc((int64_t)count, sizeof *c->category, "categories",
                      (void **)&c->category));
    c->categories = (int)count;
    for (size_t k = 0; k < count; k++) {
        const char *text = json_string_value(json_array_get(list, k));
        *ok = *ok && text;
        CVR_TRY(cvr_text_copy(text ? text : "", &c->category[k]));
    }
done:
    return status;
}

static bool find_kind(const char *name, cvr_column_kind *kind)
{
    for (int k = CVR_COLUMN_NUMBER; name && k <= CVR_COLUMN_IGNORED; k++)
        if (strcmp(name, cvr_column_kind_name((cvr_column_kind)k)) == 0) {
            *kind = (cvr_column_kind)k;
            return true;
        }
    return false;
}

static bool find_missing(const char *name, cvr_missing *missing)
{
    for (int k = CVR_MISSING_ERROR; name && k <= CVR_MISSING_DROP; k++)
        if (strcmp(name, cvr_missing_name((cvr_missing)k)) == 0) {
            *missing = (cvr_missing)k;
            return true;
        }
    return false;
}

static cvr_status read_column(const json_t *value, cvr_column *c, bool *ok)
{
    cvr_status status = CVR_OK;
    if (!json_is_object(value))
        return read_name(value, &c->name, ok);
    CVR_TRY(read_name(json_object_get(value, "name"), &c->name, ok));
    *ok = *ok && find_kind(json_string_value(json_object_get(value, "kind")), &c->kind) &&
          find_missing(json_string_value(json_object_get(value, "missing")), &c->missing);
    c->indicator = json_is_true(json_object_get(value, "indicator"));
    c->fill = json_number_value(json_object_get(value, "fill"));
    if (*ok && c->kind == CVR_COLUMN_CATEGORY)
        CVR_TRY(read_categories(json_object_get(value, "categories"), c, ok));
done:
    return status;
}

static cvr_status read_columns(const json_t *list, cvr_columns *c, bool *ok)
{
    cvr_status status = CVR_OK;
    size_t count = json_array_size(list);
    CVR_TRY(cvr_alloc((int64_t)count, sizeof *c->item, "columns", (void **)&c->item));
    c->count = (int64_t)count;
    for (size_t j = 0; j < count; j++)
        CVR_TRY(read_column(json_array_get(list, j), &c->item[j], ok));
done:
    return status;
}

static cvr_status read_targets(const json_t *list, cvr_columns *c, bool *ok)
{
    cvr_status status = CVR_OK;
    size_t count = json_array_size(list);
    CVR_TRY(cvr_alloc((int64_t)count, sizeof *c->target, "targets", (void **)&c->target));
    c->targets = (int)count;
    for (size_t k = 0; k < count; k++) {
        const json_t *value = json_array_get(list, k), *at = json_object_get(value, "at");
        c->target[k].at = json_integer_value(at);
        *ok = *ok && json_is_integer(at) && c->target[k].at >= 0 &&
              c->target[k].at < c->count + c->targets;
        CVR_TRY(read_name(json_object_get(value, "name"), &c->target[k].name, ok));
    }
done:
    return status;
}

/* Targets stand at different places, and either all columns have names or none. */
static bool consistent(const cvr_columns *c)
{
    int64_t named = 0;
    for (int64_t j = 0; j < c->count; j++)
        named += c->item[j].name != NULL;
    for (int k = 0; k < c->targets; k++) {
        named += c->target[k].name != NULL;
        for (int i = 0; i < k; i++)
            if (c->target[i].at == c->target[k].at)
                return false;
    }
    return named == 0 || named == c->count + c->targets;
}

cvr_status cvr_columns_from_json(const json_t *object, cvr_columns *c, bool *ok)
{
    cvr_status status = CVR_OK;
    const json_t *columns = json_object_get(object, "columns");
    const json_t *targets = json_object_get(object, "targets");
    *c = (cvr_columns){0};
    *ok = json_is_array(columns) && json_is_array(targets) &&
          json_array_size(targets) <= 10000;
    if (!*ok)
        return CVR_OK;
    CVR_TRY(read_columns(columns, c, ok));
    CVR_TRY(read_targets(targets, c, ok));
    *ok = *ok && consistent(c);
done:
    return status;
}
