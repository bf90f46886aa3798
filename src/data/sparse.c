/* Rows that stay sparse. */
#include "data/sparse.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "data/weights.h"
#include "linalg/backend.h"
#include "linalg/ops.h"
#include "linalg/sparse.h"

/* Small matrices are dense, so that nothing about them changes with a zero more or less;
   those with more rows than columns are, as long as they are not huge, because solvers
   make them so. */
bool cvr_stay_sparse(int64_t rows, int64_t cols, int64_t entries)
{
    static const int64_t SMALL = 16 << 20, LARGE = (int64_t)1 << 30;
    int64_t bytes = cvr_mat_bytes(CVR_DOUBLE, rows, cols);
    int64_t enough = rows < cols ? SMALL : LARGE;
    return (bytes < 0 || bytes > enough) &&
           (double)entries <= 0.1 * (double)rows * (double)cols;
}

/* ---- rows -------------------------------------------------------------------------- */

int64_t cvr_sparse_count(const cvr_sparse *S, const bool *chosen)
{
    int64_t count = 0;
    for (int64_t i = 0; i < S->rows; i++)
        if (!chosen || chosen[i])
            count += S->start[i + 1] - S->start[i];
    return count;
}

/* Entries from .. to - 1 of A behind those of row i of B, as its row i. */
static void append(cvr_sparse *B, int64_t i, const cvr_sparse *A, int64_t from,
                   int64_t to)
{
    size_t size = cvr_type_size(A->type), count = (size_t)(to - from);
    int64_t at = B->start[i];
    memmove(B->index + at, A->index + from, count * sizeof *B->index);
    memmove((char *)B->value + (size_t)at * size,
            (const char *)A->value + (size_t)from * size, count * size);
    B->start[i + 1] = at + (to - from);
}

/* Row i of A is read before anything is written behind it. */
void cvr_sparse_split(cvr_sparse *A, const bool *chosen, cvr_sparse *B)
{
    int64_t left = 0, moved = 0, rows = A->rows, from = 0;
    for (int64_t i = 0; i < rows; i++) {
        int64_t to = A->start[i + 1];
        if (chosen[i])
            append(B, moved++, A, from, to);
        else
            append(A, left++, A, from, to);
        from = to;
    }
    A->rows = left;
}

void cvr_sparse_copy(cvr_sparse *B, const cvr_sparse *A)
{
    for (int64_t i = 0; i < A->rows; i++)
        append(B, i, A, A->start[i], A->start[i + 1]);
}

/* ---- columns ----------------------------------------------------------------------- */

/* Entries of each column; the caller's to release. */
static cvr_status count_entries(const cvr_sparse *S, int64_t **count)
{
    cvr_status status = cvr_alloc(S->cols, sizeof **count, "columns", (void **)count);
    for (int64_t e = 0; status == CVR_OK && e < cvr_sparse_entries(S); e++)
        (*count)[S->index[e]]++;
    return status;
}

cvr_status cvr_sparse_sums(const cvr_dataset *data, double *mean, double *range)
{
    const cvr_sparse *S = &data->S;
    int64_t *count = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(count_entries(S, &count));
    for (int64_t j = 0; j < S->cols; j++)
        range[2 * j] = range[2 * j + 1] = count[j] < S->rows ? 0 : -INFINITY;
    for (int64_t i = 0; i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++) {
            double x = cvr_sparse_get(S, e), *high = &range[2 * (int64_t)S->index[e]];
            mean[S->index[e]] += cvr_row_weight(data, i) * x;
            high[0] = x > high[0] ? x : high[0];
            high[1] = -x > high[1] ? -x : high[1];
        }
done:
    cvr_release(count);
    return status;
}

/* sum omega (x - mean)^2: of rows without an entry, then of entries. */
cvr_status cvr_sparse_squares(const cvr_dataset *data, const double *mean, double *square)
{
    const cvr_sparse *S = &data->S;
    double *filled = NULL, all = 0; /* weights of rows with an entry there, of all */
    cvr_status status = cvr_alloc(S->cols, sizeof *filled, "columns", (void **)&filled);
    for (int64_t i = 0; status == CVR_OK && i < S->rows; i++) {
        double omega = cvr_row_weight(data, i);
        all += omega;
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++)
            filled[S->index[e]] += omega;
    }
    for (int64_t j = 0; status == CVR_OK && j < S->cols; j++)
        square[j] += (all - filled[j]) * mean[j] * mean[j];
    for (int64_t i = 0; status == CVR_OK && i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++) {
            double x = cvr_sparse_get(S, e) - mean[S->index[e]];
            square[S->index[e]] += cvr_row_weight(data, i) * x * x;
        }
    cvr_release(filled);
    return status;
}

void cvr_sparse_scale(cvr_sparse *S, cvr_mat scale)
{
    for (int64_t e = 0; e < cvr_sparse_entries(S); e++)
        cvr_sparse_set(S, e, cvr_sparse_get(S, e) * cvr_get(scale, S->index[e], 0));
}

/* ---- dense again ------------------------------------------------------------------- */

double cvr_sparse_offset(const cvr_dataset *data, int64_t j)
{
    const cvr_transform *t = &data->transform;
    return data->prepared && t->shift.data
               ? cvr_get(t->shift, j, 0) * cvr_get(t->scale, j, 0)
               : 0;
}

void cvr_dataset_row(const cvr_dataset *data, int64_t i, int64_t features, double *x)
{
    const cvr_sparse *S = &data->S;
    if (!S->start) {
        for (int64_t j = 0; j < features; j++)
            x[j] = cvr_get(data->X, i, j);
        return;
    }
    for (int64_t j = 0; j < features; j++)
        x[j] = 0 - cvr_sparse_offset(data, j); /* never -0 */
    for (int64_t e = S->start[i]; e < S->start[i + 1]; e++)
        x[S->index[e]] += cvr_sparse_get(S, e);
}

static void fill_dense(const cvr_dataset *data, cvr_mat X)
{
    const cvr_sparse *S = &data->S;
    for (int64_t j = 0; j < X.cols; j++)
        cvr_fill(cvr_mat_cols(X, j, 1), j < S->cols ? 0 - cvr_sparse_offset(data, j) : 1);
    for (int64_t i = 0; i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++)
            cvr_set(X, i, S->index[e], cvr_get(X, i, S->index[e]) + cvr_sparse_get(S, e));
}

cvr_status cvr_sparse_to_dense(const cvr_dataset *data, cvr_mat *X)
{
    cvr_status status = CVR_OK;
    *X = (cvr_mat){0};
    CVR_TRY(
        cvr_enough_memory(data->source, data->X.type, data->X.rows, data->S.cols + 1));
    CVR_TRY(cvr_mat_new(cvr_cpu(), data->X.type, data->X.rows, data->S.cols + 1, X));
    fill_dense(data, *X);
    X->cols = data->X.cols;
done:
    return status;
}

cvr_status cvr_dataset_make_dense(cvr_dataset *data)
{
    cvr_mat X = {0};
    cvr_status status = CVR_OK;
    if (!data->S.start)
        return CVR_OK;
    CVR_TRY(cvr_sparse_to_dense(data, &X));
    cvr_sparse_free(&data->S);
    data->X = X;
done:
    return status;
}
