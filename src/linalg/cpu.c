/* The processor: OpenBLAS, LAPACK and the kernels of cpu_real.inc in both types. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "base/bytes.h"
#include "base/random.h"
#include "linalg/backend.h"

/* BLAS takes int sizes. */
static int narrow(int64_t size)
{
    CVR_ASSERT(size >= 0 && size <= INT_MAX);
    return (int)size;
}

/* BLAS wants a leading dimension of at least 1, also of nothing. */
static int lead(cvr_mat A)
{
    return narrow(A.ld > 0 ? A.ld : 1);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rows (CVR_N) or columns (CVR_T) of A, from first. */
static cvr_mat slice(cvr_mat A, bool of_rows, int64_t first, int64_t count)
{
    return of_rows ? cvr_mat_part(A, first, 0, count, A.cols)
                   : cvr_mat_part(A, 0, first, A.rows, count);
}

static bool empty(cvr_mat A)
{
    return A.rows == 0 || A.cols == 0;
}

static CBLAS_TRANSPOSE side(cvr_side t)
{
    return t == CVR_T ? CblasTrans : CblasNoTrans;
}

#define REAL double
#define NAME(x) double_##x
#define BLAS(x) cblas_d##x
#define LAPACK(x) LAPACKE_d##x##_work
#include "linalg/cpu_real.inc"

#define REAL float
#define NAME(x) single_##x
#define BLAS(x) cblas_s##x
#define LAPACK(x) LAPACKE_s##x##_work
#include "linalg/cpu_real.inc"

static void to_double(cvr_mat B, cvr_mat A)
{
    for (int64_t j = 0; j < A.cols; j++) {
        const float *a = (const float *)A.data + j * A.ld;
        double *b = (double *)B.data + j * B.ld;
        for (int64_t i = 0; i < A.rows; i++)
            b[i] = a[i];
    }
}

static void to_single(cvr_mat B, cvr_mat A)
{
    for (int64_t j = 0; j < A.cols; j++) {
        const double *a = (const double *)A.data + j * A.ld;
        float *b = (float *)B.data + j * B.ld;
        for (int64_t i = 0; i < A.rows; i++)
            b[i] = (float)a[i];
    }
}

static void as_it_is(cvr_mat B, cvr_mat A)
{
    size_t size = cvr_type_size(A.type);
    for (int64_t j = 0; j < A.cols; j++)
        memmove((char *)B.data + (size_t)(j * B.ld) * size,
                (const char *)A.data + (size_t)(j * A.ld) * size, (size_t)A.rows * size);
}

static void copy(cvr_mat B, cvr_mat A)
{
    if (A.type == B.type)
        as_it_is(B, A);
    else if (B.type == CVR_DOUBLE)
        to_double(B, A);
    else
        to_single(B, A);
}

const cvr_backend *cvr_cpu(void)
{
    static const cvr_backend cpu = {
        "cpu", cvr_alloc, cvr_release, copy, {&double_kernels, &single_kernels}};
    return &cpu;
}
