/* What formats that are written share. */
#include "data/written.h"

#include <math.h>

#include "data/dataset.h"
#include "data/number.h"

const cvr_column *cvr_written_column(const cvr_written *t, int64_t j)
{
    return t->item ? &t->data->transform.columns.item[t->item[j]] : NULL;
}

const char *cvr_written_class(const cvr_written *t, int64_t i)
{
    return t->data->class_names[cvr_class_decode(t->data->Y, i, t->data->classes)];
}

double cvr_written_number(const cvr_written *t, int64_t i, int k)
{
    double v;
    if (!t->data->classes)
        return cvr_get(t->data->Y, i, k);
    if (cvr_number_is(cvr_written_class(t, i), &v))
        return v;
    return (double)cvr_class_decode(t->data->Y, i, t->data->classes);
}

cvr_status cvr_written_numbers(const cvr_written *t, const char *format, bool missing)
{
    for (int64_t j = 0; t->item && j < t->features; j++) {
        const cvr_column *own = cvr_written_column(t, j);
        const char *name = own->name ? own->name : "";
        if (own->kind == CVR_COLUMN_CATEGORY)
            return cvr_fail(CVR_USAGE, "%s: column %s is texts, %s holds numbers",
                            t->data->source, name, format);
        for (int64_t i = 0; !missing && i < t->data->X.rows; i++)
            if (isnan(cvr_get(t->data->X, i, j)))
                return cvr_fail(CVR_USAGE,
                                "%s: column %s has missing values, %s has none",
                                t->data->source, name, format);
    }
    return CVR_OK;
}
