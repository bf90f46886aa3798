/* Matrices: their memory and views. */
#include <cvxrelu/mat.h>

#include <stdio.h>

#include "base/bytes.h"
#include "linalg/backend.h"
#include "linalg/mat.h"

int64_t cvr_mat_bytes(cvr_type type, int64_t rows, int64_t cols)
{
    return cvr_times(cvr_times(rows, cols), (int64_t)cvr_type_size(type));
}

cvr_status cvr_mat_new(const cvr_backend *device, cvr_type type, int64_t rows,
                       int64_t cols, cvr_mat *A)
{
    char what[80];
    void *data = NULL;
    cvr_status status = CVR_OK;
    *A = (cvr_mat){0};
    snprintf(what, sizeof what, "a matrix of %lld x %lld", (long long)rows,
             (long long)cols);
    CVR_TRY(device->alloc(cvr_times(rows, cols), cvr_type_size(type), what, &data));
    *A = (cvr_mat){rows, cols, rows, type, device, data};
done:
    return status;
}

void cvr_mat_free(cvr_mat *A)
{
    if (A->data)
        A->device->free(A->data);
    *A = (cvr_mat){0};
}

cvr_mat cvr_mat_part(cvr_mat A, int64_t i, int64_t j, int64_t rows, int64_t cols)
{
    CVR_ASSERT(i >= 0 && rows >= 0 && i <= A.rows - rows);
    CVR_ASSERT(j >= 0 && cols >= 0 && j <= A.cols - cols);
    char *data = A.data;
    cvr_mat part = A;
    part.rows = rows;
    part.cols = cols;
    part.data = data + (size_t)(i + j * A.ld) * cvr_type_size(A.type);
    return part;
}

cvr_mat cvr_mat_reshape(cvr_mat A, int64_t rows, int64_t cols)
{
    CVR_ASSERT(A.ld == A.rows || A.cols <= 1);
    CVR_ASSERT(cvr_times(rows, cols) == A.rows * A.cols);
    A.rows = A.ld = rows;
    A.cols = cols;
    return A;
}
