/* The rows that a pass has kept become a data set. */
#include "data/assemble.h"

#include <float.h>
#include <math.h>

#include "base/log.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/sparse.h"
#include "linalg/ops.h"
#include "linalg/sparse.h"

static bool stays_sparse(const cvr_loader *l, int64_t width)
{
    return l->features < 0 && cvr_stay_sparse(l->rows, width, l->entries);
}

/* Zeroes that LIBSVM leaves out become entries, or, where they do not, weights; a few
   bytes must not ask for gigabytes. */
static cvr_status check_sparse(const cvr_loader *l, int64_t width)
{
    static const int64_t FREE = 64 << 20, EACH = 4096, NEURONS = 64;
    int64_t rows = stays_sparse(l, width) ? NEURONS : l->rows;
    int64_t bytes = cvr_mat_bytes(CVR_DOUBLE, rows, width);
    if (bytes >= 0 && (bytes <= FREE || bytes / EACH <= l->bytes))
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA,
             "%s: index %lld in row %lld makes %lld columns: too many for %lld rows and "
             "%lld bytes of text",
             l->source, (long long)l->most, (long long)l->most_row, (long long)width,
             (long long)l->rows, (long long)l->bytes);
    cvr_hint("number the features from 1 without gaps");
    return CVR_BAD_DATA;
}

/* A test set has the width of what it tests. */
static int64_t given_width(const cvr_loader *l, int64_t width, int base)
{
    int64_t given = l->how->features;
    if (given > 0 && width > given)
        cvr_note(CVR_LOG_NOTE,
                 "%s: features %lld to %lld are left out: there were %lld in training",
                 l->source, (long long)given + base, (long long)l->most,
                 (long long)given);
    return given > 0 ? given : width;
}

/* Columns of X, and what the sparse indices begin with. */
static cvr_status find_width(const cvr_loader *l, int64_t *width, int *base)
{
    cvr_status status = CVR_OK;
    *base = -1;
    *width = l->imaging ? l->imager.features : l->features;
    if (l->features >= 0)
        return CVR_OK;
    *base = l->how->libsvm_base;
    if (*base != 0 && *base != 1)
        *base = l->least == 0 ? 0 : 1;
    *width = l->most - *base + 1;
    *width = given_width(l, *width, *base);
    if (*width < 1)
        CVR_FAIL(CVR_BAD_DATA, "%s: no feature columns", l->source);
    CVR_TRY(check_sparse(l, *width));
done:
    return status;
}

/* The largest size of a target that is a value. */
static double encode(const cvr_loader *l, cvr_dataset *d)
{
    bool codes = l->targets == 1 && !l->labels.values;
    double most = 0;
    for (int64_t i = 0; i < d->Y.rows; i++)
        if (d->task == CVR_CLASSIFY)
            cvr_class_encode(d->Y, i, cvr_labels_find(&l->labels, l->y[i]), d->classes);
        else
            for (int k = 0; k < l->targets; k++) {
                double y = l->y[i * l->targets + k];
                y = codes ? cvr_labels_value(&l->labels, y) : y;
                most = fmax(most, fabs(y));
                cvr_set(d->Y, i, k, y);
            }
    return most;
}

/* Numbers that are small relative to others may become 0, but not all of them. */
static cvr_status check_tiny(const cvr_loader *l, double most)
{
    bool features = l->tiny > 0 && l->tiny == l->numbers;
    bool targets = l->how->type == CVR_SINGLE && most > 0 && most < FLT_MIN;
    if (!features && !targets && l->tiny > 0)
        cvr_note(CVR_LOG_NOTE,
                 "%s: %lld of %lld numbers are below %.2g and 0 in single precision",
                 l->source, (long long)l->tiny, (long long)l->numbers, FLT_MIN);
    if (!features && !targets)
        return CVR_OK;
    cvr_fail(CVR_BAD_DATA, "%s: all %s are below %.2g and 0 in single precision",
             l->source, features ? "features" : "targets", FLT_MIN);
    cvr_hint("--precision double keeps them");
    return CVR_BAD_DATA;
}

static cvr_status assemble_sparse(cvr_loader *l, int64_t first, int64_t width, int base,
                                  int outputs, cvr_dataset **data)
{
    cvr_sparse S = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_row_buffer_flush_sparse(&l->buffer, width, base, &S));
    CVR_TRY(cvr_dataset_new_sparse(l->source, l->rows, first, &S, outputs, data));
    cvr_note(CVR_LOG_NOTE,
             "%s: stored as sparse rows: %.2g %% of %lld x %lld entries are stored",
             l->source, 100 * (double)l->entries / (double)l->rows / (double)width,
             (long long)l->rows, (long long)width);
done:
    cvr_sparse_free(&S);
    return status;
}

/* Rows in a data set without targets. */
static cvr_status assemble_rows(cvr_loader *l, int64_t first, int64_t width, int base,
                                cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    int outputs =
        l->labels.task == CVR_CLASSIFY ? cvr_class_outputs(l->labels.count) : l->targets;
    if (stays_sparse(l, width))
        return assemble_sparse(l, first, width, base, outputs, data);
    CVR_TRY(cvr_dataset_new(l->source, l->how->type,
                            (cvr_extent){l->rows, first, l->buffer.rows}, width, outputs,
                            data));
    cvr_row_buffer_flush(&l->buffer, (*data)->X, base);
done:
    return status;
}

/* The columns become the data's, if the rows are theirs (and not those of a matrix). */
static void take_columns(cvr_loader *l, cvr_dataset *d)
{
    if (l->features < 0 || cvr_columns_raw(&l->table.columns) != d->X.cols)
        return;
    d->transform.columns = l->table.columns;
    l->table.columns = (cvr_columns){0};
}

/* A last column of values behind one of texts may not be what was meant. */
static void note_first(const cvr_loader *l, const cvr_columns *c)
{
    char label[CVR_COLUMN_LABEL];
    int64_t texts = 0;
    if (l->table.given || l->how->target || l->how->labels ||
        l->how->task != CVR_TASK_AUTO || l->labels.task != CVR_REGRESS)
        return;
    for (int64_t j = 0; j < c->count; j++)
        texts += c->item[j].kind == CVR_COLUMN_CATEGORY;
    if (texts == 1 && c->item[0].kind == CVR_COLUMN_CATEGORY)
        cvr_note(CVR_LOG_NOTE,
                 "%s: the last column is the target; --target %s if the texts of the "
                 "first column are meant",
                 l->source, cvr_columns_label(c, 0, label));
}

cvr_status cvr_loader_assemble(cvr_loader *l, int64_t first, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_dataset *d = NULL;
    int64_t width = 0;
    int base = -1;
    CVR_TRY(find_width(l, &width, &base));
    CVR_TRY(assemble_rows(l, first, width, base, &d));
    CVR_TRY(cvr_dataset_classes(d, &l->labels));
    CVR_TRY(check_tiny(l, encode(l, d)));
    CVR_TRY(cvr_table_settle(&l->table, l->source, &d->X));
    d->transform = l->shape;
    d->transform.libsvm_base = base;
    take_columns(l, d);
    note_first(l, &d->transform.columns);
    d->transform.features = d->X.cols;
    d->transform.raw_features = l->imaging ? l->features : d->X.cols;
    *data = d;
    d = NULL;
done:
    cvr_dataset_free(d);
    return status;
}
