/* What is fitted on the training rows of all processes: means, medians, which columns get
   an indicator, which categories there are. */
#include "data/columns_fit.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/weights.h"

/* Of each raw column, one after the other: rows with a value, and each value divided by
   the number of all rows, summed; of categories also how often each came. A row counts as
   often as its weight says. */
typedef struct tally {
    double all; /* the number of all rows */
    double *sum;
    int64_t count;  /* of sums */
    double *column; /* own rows */
    int64_t rows;
} tally;

enum { VALUES, MEAN, CATEGORIES };

static int64_t sums_of(const cvr_column *c)
{
    return c->kind == CVR_COLUMN_IGNORED ? 0 : CATEGORIES + c->categories;
}

static cvr_status new_tally(const cvr_dataset *data, const cvr_columns *c, tally *t)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < c->count; j++)
        t->count += sums_of(&c->item[j]);
    t->rows = data->X.rows;
    CVR_TRY(cvr_alloc(t->count, sizeof *t->sum, "sums of columns", (void **)&t->sum));
    CVR_TRY(cvr_alloc(t->rows, sizeof *t->column, "a column", (void **)&t->column));
done:
    return status;
}

static void add_column(const cvr_dataset *data, const tally *t, int categories,
                       double *sum)
{
    for (int64_t i = 0; i < t->rows; i++) {
        double v = t->column[i], omega = cvr_row_weight(data, i);
        if (isnan(v))
            continue;
        sum[VALUES] += omega;
        sum[MEAN] += omega * (v / t->all);
        if (categories && v >= 0 && v < categories)
            sum[CATEGORIES + (int64_t)v] += omega;
    }
}

/* Sums over all processes. */
static cvr_status sum_all(const cvr_dataset *data, const cvr_columns *c, cvr_comm *comm,
                          tally *t)
{
    int64_t raw = 0, at = 0;
    for (int64_t j = 0; j < c->count; j++) {
        if (c->item[j].kind == CVR_COLUMN_IGNORED)
            continue;
        cvr_column_get(data->X, raw++, t->column);
        add_column(data, t, c->item[j].categories, t->sum + at);
        at += sums_of(&c->item[j]);
    }
    return cvr_allreduce_sum(comm, t->sum, (int)t->count);
}

/* Categories that did not come are none. */
static void keep_seen(cvr_column *c, const double *came)
{
    int kept = 0;
    for (int k = 0; k < c->categories; k++)
        if (came[k] > 0)
            c->category[kept++] = c->category[k];
        else
            cvr_release(c->category[k]);
    c->categories = kept;
}

/* What sums of weights may differ by from rounding. */
static const double ROUNDING = 1e-12;

static void take_sums(const tally *t, cvr_columns *c)
{
    const double *sum = t->sum;
    for (int64_t j = 0; j < c->count; j++) {
        cvr_column *item = &c->item[j];
        if (item->kind == CVR_COLUMN_IGNORED)
            continue;
        double values = sum[VALUES], rows = t->all;
        int64_t width = sums_of(item);
        item->indicator = item->indicator && values < rows * (1 - ROUNDING);
        if (item->missing != CVR_MISSING_MEDIAN)
            item->fill = values > 0 ? sum[MEAN] / values * rows : 0;
        keep_seen(item, sum + CATEGORIES);
        sum += width;
    }
}

/* ---- medians ----------------------------------------------------------------------- */

/* Doubles in their order as whole numbers, and back. */
static uint64_t order_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static double value_at(uint64_t order)
{
    uint64_t bits = order >> 63 ? order & ~(1ull << 63) : ~order;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* One raw column on its way to its median: the values of two ranks, by bisection. */
typedef struct middle {
    int64_t raw;
    cvr_column *item;
    double rank;        /* as many values, at least, are not above the one sought */
    uint64_t low, high; /* it lies between */
} middle;

/* How many own values are at most v, of column `raw`. */
static double count_below(const cvr_dataset *data, int64_t raw, double v)
{
    double count = 0;
    const cvr_mat X = data->X;
    if (X.type == CVR_SINGLE) {
        const float *x = (const float *)X.data + raw * X.ld;
        for (int64_t i = 0; i < X.rows; i++)
            count += x[i] <= v ? cvr_row_weight(data, i) : 0;
    } else {
        const double *x = (const double *)X.data + raw * X.ld;
        for (int64_t i = 0; i < X.rows; i++)
            count += x[i] <= v ? cvr_row_weight(data, i) : 0;
    }
    return count;
}

/* The least value that has `rank` values at or below it, of each. */
static cvr_status bisect(const cvr_dataset *data, cvr_comm *comm, middle *m,
                         int64_t count, double *below)
{
    cvr_status status = CVR_OK;
    for (int step = 0; step < 64; step++) {
        for (int64_t k = 0; k < count; k++) {
            uint64_t half = m[k].low + (m[k].high - m[k].low) / 2;
            below[k] = count_below(data, m[k].raw, value_at(half));
        }
        CVR_TRY(cvr_allreduce_sum(comm, below, (int)count));
        for (int64_t k = 0; k < count; k++) {
            uint64_t half = m[k].low + (m[k].high - m[k].low) / 2;
            if (below[k] >= m[k].rank)
                m[k].high = half;
            else
                m[k].low = half < m[k].high ? half + 1 : half;
        }
    }
done:
    return status;
}

/* Lists both ranks of every column that needs a median, half of all values and what is
   above it: *count of them. */
static cvr_status list_middles(const tally *t, cvr_columns *c, middle **m, int64_t *count)
{
    int64_t raw = 0, at = 0;
    *count = 0;
    cvr_status status =
        cvr_alloc(cvr_times(2, c->count), sizeof **m, "medians", (void **)m);
    for (int64_t j = 0; status == CVR_OK && j < c->count; j++) {
        cvr_column *item = &c->item[j];
        if (item->kind == CVR_COLUMN_IGNORED)
            continue;
        double values = t->sum[at + VALUES];
        uint64_t low = order_of(-INFINITY), high = order_of(INFINITY);
        for (int k = 1; k <= 2 && item->missing == CVR_MISSING_MEDIAN && values > 0 &&
                        item->kind != CVR_COLUMN_CATEGORY;
             k++)
            (*m)[(*count)++] =
                (middle){raw, item, values / 2 * (k == 1 ? 1 - ROUNDING : 1 + ROUNDING),
                         low, high};
        at += sums_of(item);
        raw++;
    }
    return status;
}

static cvr_status fit_medians(const cvr_dataset *data, cvr_comm *comm, const tally *t,
                              cvr_columns *c)
{
    cvr_status status = CVR_OK;
    middle *m = NULL;
    double *below = NULL;
    int64_t count = 0;
    status = list_middles(t, c, &m, &count);
    if (status == CVR_OK)
        status = cvr_alloc(count, sizeof *below, "medians", (void **)&below);
    CVR_TRY(cvr_allreduce_status(comm, status));
    if (count > 0)
        CVR_TRY(bisect(data, comm, m, count, below));
    for (int64_t k = 0; k < count; k += 2)
        m[k].item->fill = value_at(m[k].high) / 2 + value_at(m[k + 1].high) / 2;
done:
    cvr_release(m);
    cvr_release(below);
    return status;
}

cvr_status cvr_columns_fit(const cvr_dataset *data, cvr_comm *comm, cvr_columns *c)
{
    cvr_status status = CVR_OK;
    tally t = {0};
    if (cvr_columns_plain(c))
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, new_tally(data, c, &t)));
    CVR_TRY(cvr_weights_total(data, comm, &t.all));
    CVR_TRY(sum_all(data, c, comm, &t));
    CVR_TRY(fit_medians(data, comm, &t, c));
    take_sums(&t, c);
done:
    cvr_release(t.sum);
    cvr_release(t.column);
    return status;
}
