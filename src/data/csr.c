/* Compressed rows as they lie in a caller's memory. */
#include "data/csr.h"

#include <math.h>
#include <string.h>

#include "linalg/sparse.h"

static const cvr_sparse *sparse_of(const cvr_array *a)
{
    return a->data;
}

static cvr_status check_row(const char *what, const cvr_sparse *S, int64_t i)
{
    int64_t from = S->start[i], to = S->start[i + 1];
    if (from < 0 || to < from)
        return cvr_fail(CVR_USAGE, "%s: sparse row %lld ends before it begins", what,
                        (long long)i + 1);
    for (int64_t e = from; e < to; e++)
        if (S->index[e] < 0 || S->index[e] >= S->cols ||
            (e > from && S->index[e] <= S->index[e - 1]))
            return cvr_fail(CVR_USAGE,
                            "%s: columns of sparse row %lld do not rise from 0 to %lld",
                            what, (long long)i + 1, (long long)S->cols - 1);
    return CVR_OK;
}

cvr_status cvr_csr_check(const char *what, const cvr_array *a)
{
    const cvr_sparse *S = sparse_of(a);
    cvr_status status = CVR_OK;
    if (!S || !S->start || S->start[0] != 0)
        CVR_FAIL(CVR_USAGE, "%s: its sparse rows are not there", what);
    if (S->rows != a->rows || S->cols != a->cols || S->rows < 0 || S->cols < 0 ||
        S->cols > INT32_MAX || (S->type != CVR_DOUBLE && S->type != CVR_SINGLE))
        CVR_FAIL(CVR_USAGE, "%s: %lld x %lld is not the size of its sparse rows", what,
                 (long long)a->rows, (long long)a->cols);
    for (int64_t i = 0; i < S->rows; i++)
        CVR_TRY(check_row(what, S, i));
    if (S->start[S->rows] > 0 && (!S->index || !S->value))
        CVR_FAIL(CVR_USAGE, "%s: its sparse rows are not there", what);
done:
    return status;
}

static cvr_status copy_row(const cvr_array_source *s, int64_t i, cvr_sparse *S,
                           int64_t own)
{
    const cvr_sparse *from = sparse_of(s->a);
    int64_t at = S->start[own];
    for (int64_t e = from->start[i]; e < from->start[i + 1]; e++, at++) {
        S->index[at] = from->index[e];
        cvr_sparse_set(S, at, cvr_sparse_get(from, e));
        if (!isfinite(cvr_sparse_get(S, at)))
            return cvr_fail(CVR_BAD_DATA, "%s: row %lld, column %lld: %g is not finite%s",
                            s->what, (long long)(s->before + i) + 1,
                            (long long)from->index[e] + 1, cvr_sparse_get(from, e),
                            isfinite(cvr_sparse_get(from, e)) ? " in single precision"
                                                              : "");
    }
    S->start[own + 1] = at;
    return CVR_OK;
}

cvr_status cvr_csr_rows(const cvr_array_source *s, int64_t first, int64_t rows,
                        cvr_type type, cvr_sparse *S)
{
    const cvr_sparse *from = sparse_of(s->a);
    int64_t entries = from->start[first + rows] - from->start[first];
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_sparse_new(type, rows, from->cols, entries, S));
    for (int64_t i = 0; i < rows; i++)
        CVR_TRY(copy_row(s, first + i, S, i));
done:
    if (status != CVR_OK)
        cvr_sparse_free(S);
    return status;
}
