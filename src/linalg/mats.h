/* Several matrices at a time, and rows of one. */
#ifndef CVR_LINALG_MATS_H
#define CVR_LINALG_MATS_H

#include <stddef.h>

#include "base/fail.h"
#include "linalg/ops.h"

/* Each of the list is made: rows x cols, of the type and the backend of `like`. Those
   that are there when one fails are the caller's to free, as ever. */
#define CVR_MATS_NEW(like, rows, cols, ...)                                              \
    cvr_mats_new(like, rows, cols, (cvr_mat *const[]){__VA_ARGS__, NULL})
#define CVR_MATS_FREE(...) cvr_mats_free((cvr_mat *const[]){__VA_ARGS__, NULL})

static inline cvr_status cvr_mats_new(cvr_mat like, int64_t rows, int64_t cols,
                                      cvr_mat *const *list)
{
    cvr_status status = CVR_OK;
    for (; *list; list++)
        CVR_TRY(cvr_mat_new(like.device, like.type, rows, cols, *list));
done:
    return status;
}

static inline void cvr_mats_free(cvr_mat *const *list)
{
    for (; *list; list++)
        cvr_mat_free(*list);
}

/* *view = A where it lies on the device; else *own, its copy there, which the caller
   frees. */
static inline cvr_status cvr_mat_bring(const cvr_backend *device, cvr_mat A, cvr_mat *own,
                                       cvr_mat *view)
{
    cvr_status status = CVR_OK;
    *view = A;
    if (A.device == device)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(device, A.type, A.rows, A.cols, own));
    cvr_copy(*own, A);
    *view = *own;
done:
    return status;
}

/* x = the entries of A, down the columns, on the host. */
static inline void cvr_mat_numbers(cvr_mat A, double *x)
{
    cvr_copy((cvr_mat){A.rows, A.cols, A.rows, CVR_DOUBLE, cvr_cpu(), x}, A);
}

/* Rows first, first + 1, ... of A: `most` of them, or as many as there are. */
static inline cvr_mat cvr_mat_rows(cvr_mat A, int64_t first, int64_t most)
{
    int64_t left = A.rows - first;
    return cvr_mat_part(A, first, 0, left < most ? left : most, A.cols);
}

#endif
