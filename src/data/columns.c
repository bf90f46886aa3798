/* The table of kinds, and facts of columns. */
#include "data/columns.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "data/number.h"
#include "linalg/ops.h"

/* ---- kinds ------------------------------------------------------------------------- */

static int64_t one(const cvr_column *c)
{
    (void)c;
    return 1;
}

static int64_t none(const cvr_column *c)
{
    (void)c;
    return 0;
}

static int64_t each_category(const cvr_column *c)
{
    return c->categories;
}

/* Feature k of a column for the raw value v. */
static double as_number(const cvr_column *c, int64_t k, double v)
{
    (void)k;
    return isnan(v) ? c->fill : v;
}

static double is_category(const cvr_column *c, int64_t k, double v)
{
    (void)c;
    return v == (double)k;
}

static const struct {
    const char *name;
    int64_t (*width)(const cvr_column *c); /* without the indicator */
    double (*value)(const cvr_column *c, int64_t k, double v);
} kinds[] = {[CVR_COLUMN_NUMBER] = {"number", one, as_number},
             [CVR_COLUMN_BOOLEAN] = {"boolean", one, as_number},
             [CVR_COLUMN_CATEGORY] = {"category", each_category, is_category},
             [CVR_COLUMN_IGNORED] = {"ignored", none, as_number}};

const char *cvr_column_kind_name(cvr_column_kind kind)
{
    return (unsigned)kind < sizeof kinds / sizeof *kinds ? kinds[kind].name : "unknown";
}

const char *cvr_missing_name(cvr_missing missing)
{
    static const char *const names[] = {"error", "mean", "median", "drop"};
    return (unsigned)missing < sizeof names / sizeof *names ? names[missing] : "unknown";
}

/* ---- making ------------------------------------------------------------------------ */

static void free_column(cvr_column *c)
{
    for (int k = 0; c->category && k < c->categories; k++)
        cvr_release(c->category[k]);
    cvr_release(c->category);
    cvr_release(c->name);
    *c = (cvr_column){0};
}

void cvr_columns_free(cvr_columns *c)
{
    for (int64_t j = 0; c->item && j < c->count; j++)
        free_column(&c->item[j]);
    for (int k = 0; c->target && k < c->targets; k++)
        cvr_release(c->target[k].name);
    cvr_release(c->item);
    cvr_release(c->target);
    *c = (cvr_columns){0};
}

static cvr_status copy_name(const char *from, char **to)
{
    *to = NULL;
    return from ? cvr_text_copy(from, to) : CVR_OK;
}

static cvr_status copy_column(const cvr_column *from, cvr_column *to)
{
    cvr_status status = CVR_OK;
    *to = *from;
    to->name = NULL;
    to->category = NULL;
    to->categories = 0;
    CVR_TRY(copy_name(from->name, &to->name));
    if (!from->categories)
        goto done;
    CVR_TRY(cvr_alloc(from->categories, sizeof *to->category, "categories",
                      (void **)&to->category));
    to->categories = from->categories;
    for (int k = 0; k < from->categories; k++)
        CVR_TRY(cvr_text_copy(from->category[k], &to->category[k]));
done:
    return status;
}

cvr_status cvr_columns_copy(const cvr_columns *from, cvr_columns *to)
{
    cvr_status status = CVR_OK;
    *to = (cvr_columns){0};
    if (!from->item && !from->target)
        return CVR_OK;
    CVR_TRY(cvr_alloc(from->count, sizeof *to->item, "columns", (void **)&to->item));
    CVR_TRY(
        cvr_alloc(from->targets, sizeof *to->target, "targets", (void **)&to->target));
    to->count = from->count;
    to->targets = from->targets;
    for (int64_t j = 0; j < from->count; j++)
        CVR_TRY(copy_column(&from->item[j], &to->item[j]));
    for (int k = 0; k < from->targets; k++) {
        to->target[k].at = from->target[k].at;
        CVR_TRY(copy_name(from->target[k].name, &to->target[k].name));
    }
done:
    if (status != CVR_OK)
        cvr_columns_free(to);
    return status;
}

/* ---- facts ------------------------------------------------------------------------- */

int64_t cvr_column_width(const cvr_column *c)
{
    return kinds[c->kind].width(c);
}

double cvr_column_feature(const cvr_column *c, int64_t k, double v)
{
    return kinds[c->kind].value(c, k, v);
}

int64_t cvr_columns_raw(const cvr_columns *c)
{
    int64_t count = 0;
    for (int64_t j = 0; j < c->count; j++)
        count += c->item[j].kind != CVR_COLUMN_IGNORED;
    return count;
}

static bool has_indicator(const cvr_column *c)
{
    return c->indicator && c->kind != CVR_COLUMN_IGNORED;
}

int64_t cvr_columns_width(const cvr_columns *c)
{
    int64_t width = 0;
    for (int64_t j = 0; j < c->count; j++)
        width += cvr_column_width(&c->item[j]) + has_indicator(&c->item[j]);
    return width;
}

bool cvr_columns_plain(const cvr_columns *c)
{
    for (int64_t j = 0; j < c->count; j++) {
        const cvr_column *item = &c->item[j];
        bool filled =
            item->missing == CVR_MISSING_MEAN || item->missing == CVR_MISSING_MEDIAN;
        if (item->kind == CVR_COLUMN_CATEGORY ||
            (item->kind != CVR_COLUMN_IGNORED && (item->indicator || filled)))
            return false;
    }
    return true;
}

bool cvr_columns_named(const cvr_columns *c)
{
    return (c->count > 0 && c->item[0].name) || (c->targets > 0 && c->target[0].name);
}

int64_t cvr_columns_at(const cvr_columns *c, int64_t item)
{
    for (int64_t at = item;;) {
        int64_t before = 0;
        for (int k = 0; k < c->targets; k++)
            before += c->target[k].at <= at;
        if (item + before == at)
            return at;
        at = item + before;
    }
}

const char *cvr_columns_label(const cvr_columns *c, int64_t item,
                              char label[CVR_COLUMN_LABEL])
{
    if (c->item[item].name)
        return cvr_quote(c->item[item].name, label);
    snprintf(label, CVR_COLUMN_LABEL, "%lld", (long long)cvr_columns_at(c, item));
    return label;
}

void cvr_list_add(char *list, size_t size, const char *name)
{
    size_t length = strlen(list), more = strlen(name);
    const char *between = length ? ", " : "";
    if (length >= 3 && strcmp(list + length - 3, "...") == 0)
        return;
    snprintf(list + length, size - length, "%s%s", between,
             length + more + 8 < size ? name : "...");
}

/* ---- names from outside ------------------------------------------------------------ */

/* The name of column j of X or Y; x1, x2, ... or y1, y2, ... where there are none, since
   a table names all of its columns or none. */
static cvr_status name_column(const char *const *names, int64_t j, char of, char **copy)
{
    char made[32];
    snprintf(made, sizeof made, "%c%lld", of, (long long)j + 1);
    if (names && !names[j])
        return cvr_fail(CVR_USAGE, "the name of column %lld of %c is NULL",
                        (long long)j + 1, toupper(of));
    return cvr_text_copy(names ? names[j] : made, copy);
}

static cvr_status name_all(const cvr_dataset *data, const char *const *features,
                           const char *const *targets, cvr_columns *c)
{
    cvr_status status = CVR_OK;
    int64_t d = data->X.cols, outputs = data->classes ? 1 : data->outputs;
    CVR_TRY(cvr_alloc(d, sizeof *c->item, "columns", (void **)&c->item));
    CVR_TRY(cvr_alloc(outputs, sizeof *c->target, "targets", (void **)&c->target));
    c->count = d;
    c->targets = (int)outputs;
    for (int64_t j = 0; j < d; j++)
        CVR_TRY(name_column(features, j, 'x', &c->item[j].name));
    for (int k = 0; k < c->targets; k++) {
        c->target[k].at = d + k;
        CVR_TRY(name_column(targets, k, 'y', &c->target[k].name));
    }
done:
    return status;
}

cvr_status cvr_dataset_name(cvr_dataset *data, const char *const *features,
                            const char *const *targets)
{
    cvr_columns c = {0};
    if (data->prepared || data->transform.columns.count)
        return cvr_fail(CVR_USAGE, "%s: its columns have names, or are prepared",
                        data->source);
    cvr_status status = name_all(data, features, targets, &c);
    if (status == CVR_OK)
        data->transform.columns = c;
    else
        cvr_columns_free(&c);
    return status;
}
