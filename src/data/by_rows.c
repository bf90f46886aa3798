/* Columns to rows: count, then place. */
#include "data/by_rows.h"

#include <math.h>

#include "base/bytes.h"

static cvr_status wrong(const char *where, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%sthe sparse array is damaged: %s", where, what);
}

static cvr_status check_column(const cvr_by_columns *c, int64_t j, const char *where)
{
    double before = -1;
    for (int64_t e = (int64_t)c->begin[j]; e < (int64_t)c->begin[j + 1]; e++) {
        if (!(c->row[e] > before) || c->row[e] >= (double)c->size[0] ||
            c->row[e] != floor(c->row[e]))
            return wrong(where, "the rows of a column are not in increasing order");
        if (!isfinite(c->value[e]))
            return cvr_fail(CVR_BAD_DATA, "%srow %lld, column %lld: %g is not finite",
                            where, (long long)c->row[e] + 1, (long long)j + 1,
                            c->value[e]);
        before = c->row[e];
    }
    return CVR_OK;
}

static cvr_status check(const cvr_by_columns *c, const char *where)
{
    cvr_status status = CVR_OK;
    int64_t entries = c->rows < c->values ? c->rows : c->values;
    if (c->size[1] >= INT32_MAX || c->size[0] >= INT32_MAX)
        return wrong(where, "it has more than 2^31 rows or columns");
    if (c->size[0] < 1 || c->size[1] < 1 || c->begins != c->size[1] + 1 ||
        c->begin[0] != 0)
        return wrong(where, "its columns do not fit its size");
    for (int64_t j = 0; j < c->size[1]; j++)
        if (!(c->begin[j + 1] >= c->begin[j]) || c->begin[j + 1] > (double)entries ||
            c->begin[j + 1] != floor(c->begin[j + 1]))
            return wrong(where, "a column ends before it begins, or beyond the entries");
    for (int64_t j = 0; j < c->size[1]; j++)
        CVR_TRY(check_column(c, j, where));
done:
    return status;
}

/* begin[i + 1] counts the entries of row i, and one more of row 0; then
   where rows begin. */
static void count_rows(const cvr_by_columns *c, bool turned, cvr_by_rows *s)
{
    int64_t entries = (int64_t)c->begin[c->size[1]];
    for (int64_t j = 0; turned && j < c->size[1]; j++)
        s->begin[j + 1] = (int64_t)(c->begin[j + 1] - c->begin[j]);
    for (int64_t e = 0; !turned && e < entries; e++)
        s->begin[(int64_t)c->row[e] + 1]++;
    s->begin[1]++;
    for (int64_t i = 0; i < s->rows; i++)
        s->begin[i + 1] += s->begin[i];
}

/* Afterwards begin[i] is where row i ends; it is moved back. */
static void place(const cvr_by_columns *c, bool turned, cvr_by_rows *s)
{
    for (int64_t j = 0; j < c->size[1]; j++)
        for (int64_t e = (int64_t)c->begin[j]; e < (int64_t)c->begin[j + 1]; e++) {
            int64_t row = turned ? j : (int64_t)c->row[e];
            int64_t at = s->begin[row]++;
            s->index[at] = (int32_t)(turned ? (int64_t)c->row[e] : j);
            s->value[at] = c->value[e];
        }
    int64_t last = s->begin[0];
    bool there = last > 0 && s->index[last - 1] == s->columns - 1;
    s->index[last] = (int32_t)s->columns - (there ? 0 : 1);
    s->value[last] = 0;
    s->begin[0]++;
    for (int64_t i = s->rows; i > 0; i--)
        s->begin[i] = s->begin[i - 1];
    s->begin[0] = 0;
}

cvr_status cvr_by_rows_make(const cvr_by_columns *c, bool turned, const cvr_stream *in,
                            const char *where, cvr_by_rows *s)
{
    cvr_status status = CVR_OK;
    *s = (cvr_by_rows){.rows = c->size[turned], .columns = c->size[!turned]};
    CVR_TRY(check(c, where));
    int64_t entries = (int64_t)c->begin[c->size[1]] + 1;
    CVR_TRY(cvr_stream_justify(in, s->rows * 8, "a sparse array"));
    CVR_TRY(cvr_alloc(s->rows + 1, sizeof *s->begin, "rows", (void **)&s->begin));
    CVR_TRY(cvr_alloc(entries, sizeof *s->index, "rows", (void **)&s->index));
    CVR_TRY(cvr_alloc(entries, sizeof *s->value, "rows", (void **)&s->value));
    count_rows(c, turned, s);
    place(c, turned, s);
done:
    return status;
}

bool cvr_by_rows_next(cvr_by_rows *s, int32_t base, cvr_row *row)
{
    if (s->row == s->rows)
        return false;
    int64_t from = s->begin[s->row], to = s->begin[++s->row];
    to -= to > from && s->index[to - 1] == s->columns;
    for (int64_t e = from; base && e < to; e++)
        s->index[e] += base;
    *row =
        (cvr_row){.count = to - from, .index = s->index + from, .value = s->value + from};
    return true;
}

void cvr_by_rows_free(cvr_by_rows *s)
{
    cvr_release(s->begin);
    cvr_release(s->index);
    cvr_release(s->value);
    *s = (cvr_by_rows){0};
}

void cvr_by_columns_free(cvr_by_columns *c)
{
    cvr_release(c->begin);
    cvr_release(c->row);
    cvr_release(c->value);
    *c = (cvr_by_columns){0};
}
