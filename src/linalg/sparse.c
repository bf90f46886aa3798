/* Compressed rows: made, multiplied. */
#include "linalg/sparse.h"

#include <string.h>

#include "base/bytes.h"
#include "linalg/backend.h"
#include "linalg/ops.h"

cvr_status cvr_sparse_new(cvr_type type, int64_t rows, int64_t cols, int64_t entries,
                          cvr_sparse *S)
{
    cvr_status status = CVR_OK;
    *S = (cvr_sparse){.rows = rows, .cols = cols, .type = type};
    CVR_TRY(cvr_alloc(rows + 1, sizeof *S->start, "sparse rows", (void **)&S->start));
    CVR_TRY(cvr_alloc(entries, sizeof *S->index, "sparse rows", (void **)&S->index));
    CVR_TRY(cvr_alloc(entries, cvr_type_size(type), "sparse rows", &S->value));
done:
    if (status != CVR_OK)
        cvr_sparse_free(S);
    return status;
}

void cvr_sparse_free(cvr_sparse *S)
{
    cvr_release(S->start);
    cvr_release(S->index);
    cvr_release(S->value);
    *S = (cvr_sparse){0};
}

static void check(cvr_mat Z, cvr_mat W, const cvr_sparse *S)
{
    CVR_ASSERT(Z.type == CVR_DOUBLE && W.type == CVR_DOUBLE && Z.rows == W.rows);
    CVR_ASSERT(Z.cols == S->rows && W.cols == S->cols);
}

/* y += a x */
static void add(double *restrict y, double a, const double *restrict x, int64_t count)
{
#pragma omp simd
    for (int64_t k = 0; k < count; k++)
        y[k] += a * x[k];
}

static double *column(cvr_mat A, int64_t j)
{
    return (double *)A.data + j * A.ld;
}

void cvr_sparse_times(cvr_mat Z, cvr_mat W, const cvr_sparse *S)
{
    check(Z, W, S);
    cvr_fill(Z, 0);
    for (int64_t i = 0; i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++)
            add(column(Z, i), cvr_sparse_get(S, e), column(W, S->index[e]), Z.rows);
}

void cvr_sparse_gather(cvr_mat W, cvr_mat Z, const cvr_sparse *S)
{
    check(Z, W, S);
    cvr_fill(W, 0);
    for (int64_t i = 0; i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++)
            add(column(W, S->index[e]), cvr_sparse_get(S, e), column(Z, i), Z.rows);
}

/* ---- S S' -------------------------------------------------------------------------- */

/* The same entries by columns: of column j from[j] .. from[j + 1] - 1, rows rising. */
typedef struct columns {
    int64_t *from; /* cols + 1 */
    int32_t *row;
    double *value;
} columns;

static void free_columns(columns *c)
{
    cvr_release(c->from);
    cvr_release(c->row);
    cvr_release(c->value);
}

/* The place of the next entry of each column, until from[j] is where column j ends. */
static void sort_entries(columns *c, const cvr_sparse *S)
{
    for (int64_t i = 0; i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++) {
            int64_t at = c->from[S->index[e]]++;
            c->row[at] = (int32_t)i;
            c->value[at] = cvr_sparse_get(S, e);
        }
    memmove(c->from + 1, c->from, (size_t)S->cols * sizeof *c->from);
    c->from[0] = 0;
}

static cvr_status by_columns(columns *c, const cvr_sparse *S)
{
    cvr_status status = CVR_OK;
    int64_t entries = cvr_sparse_entries(S), before = 0;
    CVR_TRY(cvr_alloc(S->cols + 1, sizeof *c->from, "columns", (void **)&c->from));
    CVR_TRY(cvr_alloc(entries, sizeof *c->row, "columns", (void **)&c->row));
    CVR_TRY(cvr_alloc(entries, sizeof *c->value, "columns", (void **)&c->value));
    for (int64_t e = 0; e < entries; e++)
        c->from[S->index[e]]++;
    for (int64_t j = 0; j < S->cols; j++) {
        int64_t count = c->from[j];
        c->from[j] = before;
        before += count;
    }
    sort_entries(c, S);
done:
    return status;
}

/* Column i of K, from row i on: an entry s_ij meets the entries of column j. */
static void gram_column(double *k, const cvr_sparse *S, const columns *c, int64_t i)
{
    memset(k + i, 0, (size_t)(S->rows - i) * sizeof *k);
    for (int64_t e = S->start[i]; e < S->start[i + 1]; e++) {
        double s = cvr_sparse_get(S, e);
        int64_t j = S->index[e];
        for (int64_t at = c->from[j + 1] - 1; at >= c->from[j] && c->row[at] >= i; at--)
            k[c->row[at]] += s * c->value[at];
    }
}

cvr_status cvr_sparse_gram(cvr_mat K, const cvr_sparse *S)
{
    columns c = {0};
    cvr_status status = CVR_OK;
    CVR_ASSERT(K.type == CVR_DOUBLE && K.rows == S->rows && K.cols == S->rows);
    CVR_TRY(by_columns(&c, S));
    for (int64_t i = 0; i < S->rows; i++)
        gram_column(column(K, i), S, &c, i);
done:
    free_columns(&c);
    return status;
}
