/* (x - shift) * scale column by column, fitted on the training rows. */
#include "data/normalise.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/sparse.h"
#include "data/weights.h"
#include "parallel/comm.h"

/* ---- fitting ----------------------------------------------------------------------- */

/* Sums over the rows of all processes, each as often as its weight says, d of each. */
typedef struct moments {
    int64_t d;
    double rows;    /* sum of the weights */
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

static void add_own(const cvr_dataset *data, cvr_comm *comm, moments *m)
{
    for (int64_t j = 0; j < m->d && !cvr_interrupt_poll(comm); j++) {
        double *high = &m->range[2 * j], *low = high + 1;
        *high = *low = -INFINITY;
        cvr_column_get(data->X, j, m->column);
        for (int64_t i = 0; i < data->X.rows; i++) {
            double x = m->column[i];
            m->mean[j] += cvr_row_weight(data, i) * x;
            *high = x > *high ? x : *high;
            *low = -x > *low ? -x : *low;
        }
    }
}

static cvr_status sum_means(const cvr_dataset *data, cvr_comm *comm, moments *m)
{
    cvr_status status = CVR_OK;
    if (data->S.start)
        status = cvr_sparse_sums(data, m->mean, m->range);
    else
        add_own(data, comm, m);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_allreduce_sum(comm, m->mean, (int)m->d));
    CVR_TRY(cvr_allreduce_max(comm, m->range, (int)(2 * m->d)));
    CVR_TRY(cvr_interrupt_check(comm));
    /* Rounding must not make a constant column vary. */
    for (int64_t j = 0; j < m->d; j++) {
        double high = m->range[2 * j], low = -m->range[2 * j + 1];
        m->mean[j] = high == low ? high : m->mean[j] / m->rows;
    }
done:
    return status;
}

static void add_own_squares(const cvr_dataset *data, cvr_comm *comm, moments *m)
{
    for (int64_t j = 0; j < m->d && !cvr_interrupt_poll(comm); j++) {
        cvr_column_get(data->X, j, m->column);
        for (int64_t i = 0; i < data->X.rows; i++) {
            double x = m->column[i] - m->mean[j];
            m->square[j] += cvr_row_weight(data, i) * x * x;
        }
    }
}

static cvr_status sum_squares(const cvr_dataset *data, cvr_comm *comm, moments *m)
{
    cvr_status status = CVR_OK;
    if (data->S.start)
        status = cvr_sparse_squares(data, m->mean, m->square);
    else
        add_own_squares(data, comm, m);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_allreduce_sum(comm, m->square, (int)m->d));
    CVR_TRY(cvr_interrupt_check(comm));
done:
    return status;
}

/* Columns that are shifted and scaled alike, in blocks of so many. */
static int64_t alike(const cvr_dataset *data, cvr_normalize how)
{
    int64_t d = data->X.cols;
    bool all = how == CVR_NORMALIZE_GLOBAL || how == CVR_NORMALIZE_SCALE;
    return all ? d : how == CVR_NORMALIZE_HOPS ? d / (data->transform.hops + 1) : 1;
}

/* One mean for all entries of columns first .. first + width - 1, and whether they are
   all the same. */
static void merge_columns(moments *m, int64_t first, int64_t width)
{
    double mean = 0, high = -INFINITY, low = -INFINITY;
    for (int64_t j = first; j < first + width; j++) {
        mean += m->mean[j] / (double)width;
        high = m->range[2 * j] > high ? m->range[2 * j] : high;
        low = m->range[2 * j + 1] > low ? m->range[2 * j + 1] : low;
    }
    for (int64_t j = first; j < first + width; j++) {
        m->mean[j] = mean;
        m->range[2 * j] = high;
        m->range[2 * j + 1] = low;
    }
}

static void merge_squares(moments *m, int64_t first, int64_t width)
{
    double sum = 0;
    for (int64_t j = first; j < first + width; j++)
        sum += m->square[j];
    for (int64_t j = first; j < first + width; j++)
        m->square[j] = sum / (double)width;
}

/* Only a feature that is constant and the same in the mirror image does not vary. */
static void merge_pair(moments *m, int64_t e, int64_t o)
{
    const double *range_e = &m->range[2 * e], *range_o = &m->range[2 * o];
    bool constant = range_e[0] == -range_e[1] && range_o[0] == 0 && range_o[1] == 0;
    m->mean[o] = 0;
    if (!constant)
        m->range[2 * e] = m->range[2 * o] = INFINITY;
}

/* Feature j and its mirror image are shifted and scaled alike: in their even part e and
   their odd part o mean o = 0, and both have half the sum of squares. Pairs are columns e
   and o of a group. */
static void merge_pairs(const cvr_dataset *data, moments *m, bool squares)
{
    const cvr_group *g = data->transform.group;
    for (int i = 0; i < data->transform.groups; i++)
        for (int64_t k = 0; k < g[i].count - g[i].even; k++) {
            int64_t e = g[i].first + k, o = e + g[i].even;
            if (squares)
                m->square[e] = m->square[o] = (m->square[e] + m->square[o]) / 2;
            else
                merge_pair(m, e, o);
        }
}

/* 1 / size, but 0 for a column that does not vary (or is 0) and for one whose size is too
   small to divide by. */
static double inverse(const moments *m, int64_t j, double size, cvr_normalize how)
{
    double high = m->range[2 * j], low = -m->range[2 * j + 1];
    bool constant = how >= CVR_NORMALIZE_UNIT ? high == 0 && low == 0 : high == low;
    double scale = constant || size == 0 ? 0 : 1 / size;
    return isfinite(scale) ? scale : 0;
}

static cvr_status write_fit(const cvr_dataset *data, cvr_normalize how, const moments *m,
                            cvr_transform *t)
{
    cvr_status status = CVR_OK;
    double n = how == CVR_NORMALIZE_UNIT ? 1 : m->rows;
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

cvr_status cvr_normalise_fit(const cvr_dataset *data, cvr_normalize how, cvr_comm *comm,
                             cvr_transform *t)
{
    cvr_status status = CVR_OK;
    moments m = {0};
    int64_t width = alike(data, how);
    CVR_TRY(cvr_allreduce_status(comm, new_moments(data, &m)));
    CVR_TRY(cvr_weights_total(data, comm, &m.rows));
    CVR_TRY(sum_means(data, comm, &m));
    for (int64_t j = 0; width > 1 && j < m.d; j += width)
        merge_columns(&m, j, width);
    if (how >= CVR_NORMALIZE_UNIT)
        memset(m.mean, 0, (size_t)m.d * sizeof *m.mean);
    merge_pairs(data, &m, false);
    CVR_TRY(sum_squares(data, comm, &m));
    for (int64_t j = 0; width > 1 && j < m.d; j += width)
        merge_squares(&m, j, width);
    merge_pairs(data, &m, true);
    CVR_TRY(cvr_allreduce_status(comm, write_fit(data, how, &m, t)));
done:
    if (status != CVR_OK) {
        cvr_mat_free(&t->shift);
        cvr_mat_free(&t->scale);
    }
    free_moments(&m);
    return status;
}

/* ---- applying ---------------------------------------------------------------------- */

cvr_status cvr_normalise_apply(cvr_dataset *data)
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
