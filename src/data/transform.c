/* (x - shift) * scale column by column, fitted on the training rows, and the ones. */
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/images.h"
#include "data/sparse.h"
#include "data/store.h"

const char *cvr_bias_name(cvr_bias bias)
{
    static const char *const names[] = {"free", "penalised", "none"};
    return (unsigned)bias < sizeof names / sizeof *names ? names[bias] : "unknown";
}

/* ---- copying ---------------------------------------------------------------------- */

static cvr_status copy_mat(cvr_mat from, cvr_mat *to)
{
    *to = (cvr_mat){0};
    if (!from.data)
        return CVR_OK;
    cvr_status status = cvr_mat_new(from.device, from.type, from.rows, from.cols, to);
    if (status == CVR_OK)
        cvr_copy(*to, from);
    return status;
}

cvr_status cvr_transform_copy(const cvr_transform *from, cvr_transform *to)
{
    cvr_status status = CVR_OK;
    *to = *from;
    to->shift = to->scale = (cvr_mat){0};
    to->columns = (cvr_columns){0};
    CVR_TRY(cvr_columns_copy(&from->columns, &to->columns));
    CVR_TRY(copy_mat(from->shift, &to->shift));
    CVR_TRY(copy_mat(from->scale, &to->scale));
done:
    if (status != CVR_OK)
        cvr_transform_free(to);
    return status;
}

void cvr_transform_free(cvr_transform *t)
{
    cvr_mat_free(&t->shift);
    cvr_mat_free(&t->scale);
    cvr_columns_free(&t->columns);
    *t = (cvr_transform){0};
}

/* ---- fitting ---------------------------------------------------------------------- */

/* Sums over the rows of all processes, d of each. */
typedef struct moments {
    int64_t d;
    double *mean;   /* then the shift */
    double *square; /* sums of squares: of x, or of x - mean */
    double *range;  /* greatest and, negative, least: 2 d */
    double *column; /* own rows */
} moments;

static void free_moments(moments *m)
{
    cvr_release(m->mean);
    cvr_release(m->square);
    cvr_release(m->range);
    cvr_release(m->column);
}

static cvr_status new_moments(const cvr_dataset *data, moments *m)
{
    cvr_status status = CVR_OK;
    size_t size = sizeof(double);
    m->d = data->X.cols;
    CVR_TRY(cvr_alloc(m->d, size, "column means", (void **)&m->mean));
    CVR_TRY(cvr_alloc(m->d, size, "column norms", (void **)&m->square));
    CVR_TRY(cvr_alloc(cvr_times(2, m->d), size, "column ranges", (void **)&m->range));
    CVR_TRY(cvr_alloc(data->X.rows, size, "a column", (void **)&m->column));
done:
    return status;
}

static void add_own(const cvr_dataset *data, moments *m)
{
    for (int64_t j = 0; j < m->d; j++) {
        double *high = &m->range[2 * j], *low = high + 1;
        *high = *low = -INFINITY;
        cvr_column_get(data->X, j, m->column);
        for (int64_t i = 0; i < data->X.rows; i++) {
            double x = m->column[i];
            m->mean[j] += x;
            *high = x > *high ? x : *high;
            *low = -x > *low ? -x : *low;
        }
    }
}

static cvr_status sum_means(const cvr_dataset *data, cvr_comm *comm, moments *m)
{
    cvr_status status = CVR_OK;
    if (data->S.start)
        status = cvr_sparse_sums(&data->S, m->mean, m->range);
    else
        add_own(data, m);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_allreduce_sum(comm, m->mean, (int)m->d));
    CVR_TRY(cvr_allreduce_max(comm, m->range, (int)(2 * m->d)));
    /* Rounding must not make a constant column vary. */
    for (int64_t j = 0; j < m->d; j++) {
        double high = m->range[2 * j], low = -m->range[2 * j + 1];
        m->mean[j] = high == low ? high : m->mean[j] / (double)data->rows;
    }
done:
    return status;
}

static void add_own_squares(const cvr_dataset *data, moments *m)
{
    for (int64_t j = 0; j < m->d; j++) {
        cvr_column_get(data->X, j, m->column);
        for (int64_t i = 0; i < data->X.rows; i++) {
            double x = m->column[i] - m->mean[j];
            m->square[j] += x * x;
        }
    }
}

static cvr_status sum_squares(const cvr_dataset *data, cvr_comm *comm, moments *m)
{
    cvr_status status = CVR_OK;
    if (data->S.start)
        status = cvr_sparse_squares(&data->S, m->mean, m->square);
    else
        add_own_squares(data, m);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_allreduce_sum(comm, m->square, (int)m->d));
done:
    return status;
}

/* One mean for all entries, and whether they are all the same. */
static void merge_columns(moments *m)
{
    double mean = 0, high = -INFINITY, low = -INFINITY;
    for (int64_t j = 0; j < m->d; j++) {
        mean += m->mean[j] / (double)m->d;
        high = m->range[2 * j] > high ? m->range[2 * j] : high;
        low = m->range[2 * j + 1] > low ? m->range[2 * j + 1] : low;
    }
    for (int64_t j = 0; j < m->d; j++) {
        m->mean[j] = mean;
        m->range[2 * j] = high;
        m->range[2 * j + 1] = low;
    }
}

static void merge_squares(moments *m)
{
    double sum = 0;
    for (int64_t j = 0; j < m->d; j++)
        sum += m->square[j];
    for (int64_t j = 0; j < m->d; j++)
        m->square[j] = sum / (double)m->d;
}

/* 1 / size, but 0 for a column that does not vary (or is 0) and for one whose size is too
   small to divide by. */
static double inverse(const moments *m, int64_t j, double size, cvr_normalize how)
{
    double high = m->range[2 * j], low = -m->range[2 * j + 1];
    bool constant = how == CVR_NORMALIZE_UNIT ? high == 0 && low == 0 : high == low;
    double scale = constant || size == 0 ? 0 : 1 / size;
    return isfinite(scale) ? scale : 0;
}

static cvr_status write_fit(const cvr_dataset *data, cvr_normalize how, const moments *m,
                            cvr_transform *t)
{
    cvr_status status = CVR_OK;
    double n = how == CVR_NORMALIZE_UNIT ? 1 : (double)data->rows;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, m->d, 1, &t->shift));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, m->d, 1, &t->scale));
    for (int64_t j = 0; j < m->d; j++) {
        double size = sqrt(m->square[j] / n);
        if (!isfinite(m->mean[j]) || !isfinite(size))
            CVR_FAIL(CVR_BAD_DATA,
                     "%s: feature %lld: values up to %g are too large to normalise",
                     data->source, (long long)j + 1,
                     fmax(m->range[2 * j], m->range[2 * j + 1]));
        cvr_set(t->shift, j, 0, data->S.start ? 0 : m->mean[j]);
        cvr_set(t->scale, j, 0, inverse(m, j, size, how));
    }
done:
    return status;
}

static cvr_status fit(const cvr_dataset *data, cvr_normalize how, cvr_comm *comm,
                      cvr_transform *t)
{
    cvr_status status = CVR_OK;
    moments m = {0};
    CVR_TRY(cvr_allreduce_status(comm, new_moments(data, &m)));
    CVR_TRY(sum_means(data, comm, &m));
    if (how == CVR_NORMALIZE_GLOBAL)
        merge_columns(&m);
    if (how == CVR_NORMALIZE_UNIT)
        memset(m.mean, 0, (size_t)m.d * sizeof *m.mean);
    CVR_TRY(sum_squares(data, comm, &m));
    if (how == CVR_NORMALIZE_GLOBAL)
        merge_squares(&m);
    CVR_TRY(cvr_allreduce_status(comm, write_fit(data, how, &m, t)));
done:
    if (status != CVR_OK) {
        cvr_mat_free(&t->shift);
        cvr_mat_free(&t->scale);
    }
    free_moments(&m);
    return status;
}

/* ---- applying --------------------------------------------------------------------- */

static cvr_status shift_and_scale(cvr_dataset *data)
{
    const cvr_transform *t = &data->transform;
    double *column = NULL;
    if (!t->scale.data)
        return CVR_OK;
    if (data->S.start) {
        cvr_sparse_scale(&data->S, t->scale);
        return CVR_OK;
    }
    cvr_status status =
        cvr_alloc(data->X.rows, sizeof *column, "a column", (void **)&column);
    for (int64_t j = 0; status == CVR_OK && j < data->X.cols; j++) {
        double shift = cvr_get(t->shift, j, 0), scale = cvr_get(t->scale, j, 0);
        cvr_column_get(data->X, j, column);
        for (int64_t i = 0; i < data->X.rows; i++)
            column[i] = (column[i] - shift) * scale;
        cvr_column_set(data->X, j, column);
    }
    cvr_release(column);
    return status;
}

/* The ones go where X has room for them: a column of X for a penalised bias, else behind
   its last one. */
static void append_ones(cvr_dataset *data)
{
    data->prepared = true;
    if (data->transform.bias == CVR_BIAS_PENALISED)
        data->X.cols++;
    cvr_dataset_fill_ones(data);
}

static cvr_status check_fresh(const cvr_dataset *data)
{
    if (data->prepared)
        return cvr_fail(CVR_USAGE, "%s: the data are already prepared", data->source);
    return CVR_OK;
}

static cvr_status check_trainable(const cvr_dataset *data)
{
    if (data->rows == 0)
        return cvr_fail(CVR_BAD_DATA, "%s: no rows", data->source);
    if (data->task == CVR_CLASSIFY && data->classes < 2)
        return cvr_fail(CVR_BAD_DATA,
                        "%s: only one class ('%s') where classification needs two",
                        data->source, data->classes ? data->class_names[0] : "");
    if (data->X.cols > INT32_MAX / 2)
        return cvr_fail(CVR_BAD_DATA, "%s: %lld features are too many", data->source,
                        (long long)data->X.cols);
    return check_fresh(data);
}

/* Missing values are filled in, categories become features. */
static cvr_status prepare_columns(cvr_dataset *data, cvr_comm *comm)
{
    cvr_status status = CVR_OK;
    cvr_columns fitted = {0};
    if (cvr_columns_plain(&data->transform.columns))
        return CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(comm, cvr_columns_copy(&data->transform.columns, &fitted)));
    CVR_TRY(cvr_columns_fit(data, comm, &fitted));
    status = cvr_columns_conform(data, &fitted);
    if (status == CVR_OK)
        status = cvr_columns_expand(data, &fitted);
    CVR_TRY(cvr_allreduce_status(comm, status));
    cvr_columns_free(&data->transform.columns);
    data->transform.columns = fitted;
    data->transform.features = data->X.cols;
    fitted = (cvr_columns){0};
done:
    cvr_columns_free(&fitted);
    return status;
}

cvr_status cvr_dataset_prepare(cvr_dataset *data, cvr_normalize normalize, cvr_bias bias,
                               cvr_comm *comm)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, check_trainable(data)));
    CVR_TRY(prepare_columns(data, comm));
    cvr_transform fitted = data->transform;
    fitted.normalize = normalize;
    if (normalize != CVR_NORMALIZE_NONE)
        CVR_TRY(fit(data, normalize, comm, &fitted));
    if (data->S.start && fitted.scale.data && normalize != CVR_NORMALIZE_UNIT)
        cvr_note(CVR_LOG_NOTE,
                 "%s: features are scaled, not shifted, since the rows are sparse",
                 data->source);
    data->transform = fitted;
    CVR_TRY(cvr_allreduce_status(comm, shift_and_scale(data)));
    data->transform.bias = bias;
    append_ones(data);
done:
    return status;
}

/* Rows of whole images become small ones, or descriptions, in another matrix. */
static cvr_status convert_images(cvr_dataset *data, const cvr_transform *t)
{
    cvr_status status = CVR_OK;
    cvr_imager imager = {0};
    cvr_dataset *small = NULL;
    double *row = NULL;
    CVR_TRY(cvr_imager_new(t, data->X.cols, data->source, &imager));
    if (imager.features != t->features)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: its images become %lld features, the model takes %lld",
                 data->source, (long long)imager.features, (long long)t->features);
    CVR_TRY(cvr_dataset_new(data->source, data->X.type, data->rows, data->first,
                            data->X.rows, imager.features, 1, &small));
    CVR_TRY(cvr_alloc(data->X.cols, sizeof *row, "an image", (void **)&row));
    for (int64_t i = 0; i < data->X.rows; i++) {
        for (int64_t j = 0; j < data->X.cols; j++)
            row[j] = cvr_get(data->X, i, j);
        const double *out = cvr_imager_row(&imager, row);
        for (int64_t j = 0; j < imager.features; j++)
            cvr_set(small->X, i, j, out[j]);
    }
    cvr_mat_free(&data->X);
    data->X = small->X;
    small->X = (cvr_mat){0};
done:
    cvr_imager_free(&imager);
    cvr_dataset_free(small);
    cvr_release(row);
    return status;
}

/* The columns of a table, as the model has them; without columns the model takes numbers.
 */
static cvr_status fit_columns(cvr_dataset *data, const cvr_transform *t)
{
    cvr_status status = CVR_OK;
    const cvr_columns *own = &data->transform.columns;
    if (t->columns.count > 0) {
        CVR_TRY(cvr_columns_conform(data, &t->columns));
        return cvr_columns_expand(data, &t->columns);
    }
    if (!cvr_columns_plain(own))
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: it has texts or missing values, the model takes numbers",
                 data->source);
done:
    return status;
}

static cvr_status fit_width(cvr_dataset *data, const cvr_transform *t)
{
    cvr_status status = fit_columns(data, t);
    if (status != CVR_OK)
        return status;
    if (data->X.cols == t->features)
        return CVR_OK;
    if (data->X.cols == t->raw_features && !cvr_imager_idle(t))
        return convert_images(data, t);
    return cvr_fail(CVR_BAD_DATA, "%s: rows have %lld features, the model takes %lld",
                    data->source, (long long)data->X.cols, (long long)t->features);
}

static cvr_status apply(cvr_dataset *data, const cvr_transform *t, int classes,
                        char *const *names)
{
    cvr_status status = CVR_OK;
    cvr_transform copy = {0};
    CVR_TRY(check_fresh(data));
    CVR_TRY(fit_width(data, t));
    CVR_TRY(cvr_dataset_rename(data, classes, names));
    CVR_TRY(cvr_transform_copy(t, &copy));
    cvr_transform_free(&data->transform);
    data->transform = copy;
    CVR_TRY(shift_and_scale(data));
    append_ones(data);
done:
    return status;
}

cvr_status cvr_dataset_apply(cvr_dataset *data, const cvr_transform *transform,
                             int classes, char *const *names, cvr_comm *comm)
{
    return cvr_allreduce_status(comm, apply(data, transform, classes, names));
}
