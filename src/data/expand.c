/* Raw rows to features: numbers and what is put in for missing ones, a feature of zeroes
   and ones for each category, indicators. */
#include "data/expand.h"

#include <math.h>

#include "base/bytes.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "linalg/ops.h"

static cvr_status check_missing(const cvr_dataset *data, const cvr_columns *c,
                                int64_t item, const double *v)
{
    char label[CVR_COLUMN_LABEL];
    bool filled = c->item[item].missing == CVR_MISSING_MEAN ||
                  c->item[item].missing == CVR_MISSING_MEDIAN;
    for (int64_t i = 0; !filled && i < data->X.rows; i++)
        if (isnan(v[i])) {
            cvr_fail(CVR_BAD_DATA, "%s: row %lld, column %s: a value is missing",
                     data->source, (long long)(data->first + i) + 1,
                     cvr_columns_label(c, item, label));
            cvr_hint(
                "no value was missing in training: train with --missing mean or median");
            return CVR_BAD_DATA;
        }
    return CVR_OK;
}

/* The features of one column: out (rows x its width). v: raw values; w: room for them. */
static void expand_column(const cvr_column *c, const double *v, double *w, cvr_mat out)
{
    int64_t width = cvr_column_width(c);
    for (int64_t k = 0; k < width; k++) {
        for (int64_t i = 0; i < out.rows; i++)
            w[i] = cvr_column_feature(c, k, v[i]);
        cvr_column_set(out, k, w);
    }
    for (int64_t i = 0; c->indicator && i < out.rows; i++)
        w[i] = isnan(v[i]);
    if (c->indicator)
        cvr_column_set(out, width, w);
}

static cvr_status expand_all(const cvr_dataset *data, const cvr_columns *c, cvr_mat out)
{
    cvr_status status = CVR_OK;
    double *v = NULL;
    int64_t raw = 0, first = 0, rows = data->X.rows;
    CVR_TRY(cvr_alloc(cvr_times(2, rows), sizeof *v, "a column", (void **)&v));
    for (int64_t j = 0; j < c->count; j++) {
        int64_t width = cvr_column_width(&c->item[j]) + c->item[j].indicator;
        if (c->item[j].kind == CVR_COLUMN_IGNORED)
            continue;
        cvr_column_get(data->X, raw++, v);
        CVR_TRY(check_missing(data, c, j, v));
        expand_column(&c->item[j], v, v + rows, cvr_mat_cols(out, first, width));
        first += width;
    }
done:
    cvr_release(v);
    return status;
}

cvr_status cvr_columns_expand(cvr_dataset *data, const cvr_columns *c)
{
    cvr_status status = CVR_OK;
    cvr_dataset *wide = NULL;
    if (cvr_columns_plain(c))
        return CVR_OK;
    CVR_TRY(cvr_dataset_new_like(data, cvr_columns_width(c), 1, &wide));
    CVR_TRY(expand_all(data, c, wide->X));
    cvr_mat_free(&data->X);
    data->X = wide->X;
    wide->X = (cvr_mat){0};
done:
    cvr_dataset_free(wide);
    return status;
}
