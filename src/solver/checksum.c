/* With random weights another entry, or rows in another order, change the sum by about as
   much as the entries change, and rounding by about as much as it changes |X|. */
#include "solver/checksum.h"

#include <math.h>

#include "linalg/ops.h"
#include "linalg/sparse.h"

/* A number in (-1, 1) that follows from a place. */
static double weight(int64_t row, int64_t col)
{
    uint64_t h = (uint64_t)row * 0x9e3779b97f4a7c15 ^ (uint64_t)col * 0xc2b2ae3d27d4eb4f;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93;
    return (double)(int64_t)(h ^ h >> 32) * 0x1p-63;
}

/* Own rows of a matrix whose first column is number `place`; column: work. */
static void add(cvr_checksum *f, cvr_mat A, int64_t first, int64_t place, cvr_mat column)
{
    const double *x = column.data;
    for (int64_t j = 0; j < A.cols; j++) {
        cvr_copy(column, cvr_mat_cols(A, j, 1));
        for (int64_t i = 0; i < A.rows; i++) {
            f->size2 += x[i] * x[i];
            f->sum += x[i] * weight(first + i, place + j);
        }
    }
}

/* Adds matrix A, whose first column is number `place`, to own sums. */
static cvr_status add_all(cvr_checksum *f, cvr_mat A, int64_t first, int64_t place)
{
    cvr_mat column = {0};
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, A.rows, 1, &column);
    if (status == CVR_OK)
        add(f, A, first, place, column);
    cvr_mat_free(&column);
    return status;
}

static cvr_status add_up(cvr_checksum *f, cvr_comm *comm)
{
    double x[] = {f->size2, f->sum};
    cvr_status status = cvr_allreduce_sum(comm, x, 2);
    *f = (cvr_checksum){x[0], x[1]};
    return status;
}

cvr_status cvr_checksum_of(cvr_mat A, int64_t first, cvr_comm *comm, cvr_checksum *f)
{
    cvr_status status = CVR_OK;
    *f = (cvr_checksum){0};
    status = add_all(f, A, first, 0);
    if (!comm)
        return status;
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(add_up(f, comm));
done:
    return status;
}

/* The same of sparse rows: zeroes add nothing. */
static void add_sparse(cvr_checksum *f, const cvr_sparse *S, int64_t first)
{
    for (int64_t i = 0; i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++) {
            double x = cvr_sparse_get(S, e);
            f->size2 += x * x;
            f->sum += x * weight(first + i, S->index[e]);
        }
}

cvr_status cvr_checksum_add(const cvr_dataset *data, cvr_comm *comm, cvr_checksum *f)
{
    cvr_status status = CVR_OK;
    *f = (cvr_checksum){0};
    if (!data)
        return CVR_OK;
    if (data->S.start)
        add_sparse(f, &data->S, data->first);
    else
        status = add_all(f, data->X, data->first, 0);
    if (status == CVR_OK)
        status = add_all(f, data->Y, data->first, data->X.cols);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(add_up(f, comm));
done:
    return status;
}

bool cvr_checksum_fits(const cvr_checksum *a, const cvr_checksum *b, cvr_type type)
{
    double rounding = type == CVR_SINGLE ? 1e-5 : 1e-10;
    return fabs(a->size2 - b->size2) <= rounding * a->size2 &&
           fabs(a->sum - b->sum) <= rounding * sqrt(a->size2);
}
