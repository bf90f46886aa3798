/* CSV: a line of names, then a line a row; texts in quotes where they need them. */
#include <math.h>
#include <stdio.h>

#include "data/number.h"
#include "data/written.h"

/* Names of the columns where they have some, else x0 x1 ... y, or y0 y1 ... */
static cvr_status head(const cvr_written *t, cvr_line *l)
{
    cvr_status status = CVR_OK;
    char name[CVR_NUMBER_SIZE];
    const cvr_columns *c = &t->data->transform.columns;
    for (int64_t j = 0; j < t->features; j++) {
        const cvr_column *own = cvr_written_column(t, j);
        snprintf(name, sizeof name, "x%lld", (long long)j);
        if (j > 0)
            CVR_TRY(cvr_line_add(l, ",", 1));
        CVR_TRY(cvr_line_name(l, own && own->name ? own->name : name));
    }
    for (int k = 0; k < t->targets; k++) {
        const char *own = c->targets == t->targets ? c->target[k].name : NULL;
        snprintf(name, sizeof name, t->targets == 1 ? "y" : "y%d", k);
        CVR_TRY(cvr_line_add(l, ",", 1));
        CVR_TRY(cvr_line_name(l, own ? own : name));
    }
    CVR_TRY(cvr_line_add(l, "\n", 1));
done:
    return status;
}

/* A missing value is empty, and so is a category that is not known. */
static cvr_status value(const cvr_written *t, int64_t j, cvr_line *l)
{
    const cvr_column *own = cvr_written_column(t, j);
    double v = t->x[j];
    bool category = own && own->kind == CVR_COLUMN_CATEGORY;
    if (isnan(v) || (category && v < 0))
        return CVR_OK;
    if (category)
        return cvr_line_name(l, own->category[(int64_t)v]);
    return cvr_line_number(l, v, t->data->X.type);
}

static cvr_status row(const cvr_written *t, int64_t i, cvr_line *l)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < t->features; j++) {
        if (j > 0)
            CVR_TRY(cvr_line_add(l, ",", 1));
        CVR_TRY(value(t, j, l));
    }
    for (int k = 0; k < t->targets; k++) {
        CVR_TRY(cvr_line_add(l, ",", 1));
        if (t->data->classes)
            CVR_TRY(cvr_line_name(l, cvr_written_class(t, i)));
        else
            CVR_TRY(cvr_line_number(l, cvr_get(t->data->Y, i, k), t->data->Y.type));
    }
    CVR_TRY(cvr_line_add(l, "\n", 1));
done:
    return status;
}

const cvr_written_format cvr_written_csv = {".csv", head, row};
