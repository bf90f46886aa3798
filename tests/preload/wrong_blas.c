/* LD_PRELOAD: routines of BLAS and LAPACK whose results are wrong.
       WRONG=dgemm,dgemv,...   which: names without cblas_, LAPACKE_ and _work
       HOW=scale|tiny|one|sign|zero|nan|shift   in what way
       FROM=N                  only results of at least N entries
       AFTER=N                 only from the N-th such result on */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

/* Is it this routine's turn? */
static int wrong(const char *routine, long entries)
{
    static atomic_long results;
    const char *list = getenv("WRONG"), *found = list ? strstr(list, routine) : NULL;
    if (!found || entries < number("FROM") || entries < 1)
        return 0;
    return atomic_fetch_add(&results, 1) >= number("AFTER");
}

/* Entry k of count, and the one before it, as it should be. */
static double spoil(double x, long k, double before)
{
    const char *how = getenv("HOW");
    if (strcmp(how, "scale") == 0)
        return x * 1.01;
    if (strcmp(how, "tiny") == 0)
        return x * (1 + 1e-6);
    if (strcmp(how, "one") == 0)
        return k == 0 ? x + 0.5 * (fabs(x) + 1) : x;
    if (strcmp(how, "sign") == 0)
        return k == 0 ? -x : x;
    if (strcmp(how, "zero") == 0)
        return k % 7 == 0 ? 0 : x;
    if (strcmp(how, "shift") == 0)
        return before;
    return k == 0 ? (double)NAN : x;
}

#define SPOIL(T, A, rows, cols, ld)                                                      \
    do {                                                                                 \
        double before = 0;                                                               \
        for (long j = 0; j < (cols); j++)                                                \
            for (long i = 0; i < (rows); i++) {                                          \
                T *entry = (A) + i + j * (long)(ld);                                     \
                double value = (double)*entry;                                           \
                *entry = (T)spoil(value, i + j * (rows), before);                        \
                before = value;                                                          \
            }                                                                            \
    } while (0)

/* The routine that this one stands before, as `right`. */
#define RIGHT(name)                                                                      \
    static __typeof__(name) *right;                                                      \
    void *found = dlsym(RTLD_NEXT, #name);                                               \
    memcpy(&right, &found, sizeof found)

enum { AS_IT_IS = 111 }; /* CblasNoTrans */

#define GEMM(name, T)                                                                    \
    void cblas_##name(int order, int ta, int tb, int m, int n, int k, T a, const T *A,   \
                      int lda, const T *B, int ldb, T b, T *C, int ldc)                  \
    {                                                                                    \
        RIGHT(cblas_##name);                                                             \
        right(order, ta, tb, m, n, k, a, A, lda, B, ldb, b, C, ldc);                     \
        if (wrong(#name, (long)m * n))                                                   \
            SPOIL(T, C, m, n, ldc);                                                      \
    }

#define GEMV(name, T)                                                                    \
    void cblas_##name(int order, int t, int m, int n, T a, const T *A, int lda,          \
                      const T *x, int step, T b, T *y, int stride)                       \
    {                                                                                    \
        RIGHT(cblas_##name);                                                             \
        right(order, t, m, n, a, A, lda, x, step, b, y, stride);                         \
        int length = t == AS_IT_IS ? m : n;                                              \
        if (wrong(#name, length))                                                        \
            SPOIL(T, y, 1, length, stride);                                              \
    }

#define SYRK(name, T)                                                                    \
    void cblas_##name(int order, int half, int t, int n, int k, T a, const T *A,         \
                      int lda, T b, T *C, int ldc)                                       \
    {                                                                                    \
        RIGHT(cblas_##name);                                                             \
        right(order, half, t, n, k, a, A, lda, b, C, ldc);                               \
        if (wrong(#name, (long)n * n))                                                   \
            SPOIL(T, C, n, n, ldc);                                                      \
    }

#define TRSM(name, T)                                                                    \
    void cblas_##name(int order, int side, int half, int t, int diagonal, int m, int n,  \
                      T a, const T *A, int lda, T *B, int ldb)                           \
    {                                                                                    \
        RIGHT(cblas_##name);                                                             \
        right(order, side, half, t, diagonal, m, n, a, A, lda, B, ldb);                  \
        if (wrong(#name, (long)m * n))                                                   \
            SPOIL(T, B, m, n, ldb);                                                      \
    }

#define TRSV(name, T)                                                                    \
    void cblas_##name(int order, int half, int t, int diagonal, int n, const T *A,       \
                      int lda, T *x, int step)                                           \
    {                                                                                    \
        RIGHT(cblas_##name);                                                             \
        right(order, half, t, diagonal, n, A, lda, x, step);                             \
        if (wrong(#name, n))                                                             \
            SPOIL(T, x, 1, n, step);                                                     \
    }

#define POTRF(name, T)                                                                   \
    int LAPACKE_##name##_work(int order, char half, int n, T *A, int lda)                \
    {                                                                                    \
        RIGHT(LAPACKE_##name##_work);                                                    \
        int failed = right(order, half, n, A, lda);                                      \
        if (wrong(#name, (long)n * n))                                                   \
            SPOIL(T, A, 1, n, lda + 1);                                                  \
        return failed;                                                                   \
    }

#define POTRS(name, T)                                                                   \
    int LAPACKE_##name##_work(int order, char half, int n, int k, const T *A, int lda,   \
                              T *B, int ldb)                                             \
    {                                                                                    \
        RIGHT(LAPACKE_##name##_work);                                                    \
        int failed = right(order, half, n, k, A, lda, B, ldb);                           \
        if (wrong(#name, (long)n * k))                                                   \
            SPOIL(T, B, n, k, ldb);                                                      \
        return failed;                                                                   \
    }

GEMM(dgemm, double)
GEMM(sgemm, float)
GEMV(dgemv, double)
GEMV(sgemv, float)
SYRK(dsyrk, double)
SYRK(ssyrk, float)
TRSM(dtrsm, double)
TRSM(strsm, float)
TRSV(dtrsv, double)
TRSV(strsv, float)
POTRF(dpotrf, double)
POTRF(spotrf, float)
POTRS(dpotrs, double)
POTRS(spotrs, float)
