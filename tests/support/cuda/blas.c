/* What src/cuda uses of cuBLAS and cuSOLVER, by CBLAS and LAPACK: for the emulated
   device. */
#include <cblas.h>
#include <lapacke.h>

static CBLAS_TRANSPOSE op(int t)
{
    return t ? CblasTrans : CblasNoTrans;
}

int cublasCreate_v2(void **handle);
int cublasSetStream_v2(void *handle, void *stream);
int cusolverDnCreate(void **handle);
int cusolverDnSetStream(void *handle, void *stream);

int cublasCreate_v2(void **handle)
{
    *handle = handle;
    return 0;
}

int cublasSetStream_v2(void *handle, void *stream)
{
    (void)handle, (void)stream;
    return 0;
}

int cusolverDnCreate(void **handle)
{
    return cublasCreate_v2(handle);
}

int cusolverDnSetStream(void *handle, void *stream)
{
    return cublasSetStream_v2(handle, stream);
}

#define IN_TYPE(T, C, L)                                                                 \
    int cublas##C##gemm_v2(void *h, int ta, int tb, int m, int n, int k, const T *a,     \
                           const T *A, int lda, const T *B, int ldb, const T *b, T *R,   \
                           int ldr);                                                     \
    int cublas##C##gemm_v2(void *h, int ta, int tb, int m, int n, int k, const T *a,     \
                           const T *A, int lda, const T *B, int ldb, const T *b, T *R,   \
                           int ldr)                                                      \
    {                                                                                    \
        (void)h;                                                                         \
        cblas_##L##gemm(CblasColMajor, op(ta), op(tb), m, n, k, *a, A, lda, B, ldb, *b,  \
                        R, ldr);                                                         \
        return 0;                                                                        \
    }                                                                                    \
    int cublas##C##syrk_v2(void *h, int uplo, int t, int n, int k, const T *a,           \
                           const T *A, int lda, const T *b, T *R, int ldr);              \
    int cublas##C##syrk_v2(void *h, int uplo, int t, int n, int k, const T *a,           \
                           const T *A, int lda, const T *b, T *R, int ldr)               \
    {                                                                                    \
        (void)h;                                                                         \
        cblas_##L##syrk(CblasColMajor, uplo ? CblasUpper : CblasLower, op(t), n, k, *a,  \
                        A, lda, *b, R, ldr);                                             \
        return 0;                                                                        \
    }                                                                                    \
    int cublas##C##trsm_v2(void *h, int side, int uplo, int t, int diag, int m, int n,   \
                           const T *a, const T *A, int lda, T *B, int ldb);              \
    int cublas##C##trsm_v2(void *h, int side, int uplo, int t, int diag, int m, int n,   \
                           const T *a, const T *A, int lda, T *B, int ldb)               \
    {                                                                                    \
        (void)h;                                                                         \
        cblas_##L##trsm(CblasColMajor, side ? CblasRight : CblasLeft,                    \
                        uplo ? CblasUpper : CblasLower, op(t),                           \
                        diag ? CblasUnit : CblasNonUnit, m, n, *a, A, lda, B, ldb);      \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##potrf_bufferSize(void *h, int uplo, int n, T *A, int lda,         \
                                        int *size);                                      \
    int cusolverDn##C##potrf_bufferSize(void *h, int uplo, int n, T *A, int lda,         \
                                        int *size)                                       \
    {                                                                                    \
        (void)h, (void)uplo, (void)n, (void)A, (void)lda;                                \
        *size = 1;                                                                       \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##potrf(void *h, int uplo, int n, T *A, int lda, T *work, int size, \
                             int *info);                                                 \
    int cusolverDn##C##potrf(void *h, int uplo, int n, T *A, int lda, T *work, int size, \
                             int *info)                                                  \
    {                                                                                    \
        (void)h, (void)work, (void)size;                                                 \
        *info = LAPACKE_##L##potrf_work(LAPACK_COL_MAJOR, uplo ? 'U' : 'L', n, A, lda);  \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##geqrf_bufferSize(void *h, int m, int n, T *A, int lda,            \
                                        int *size);                                      \
    int cusolverDn##C##geqrf_bufferSize(void *h, int m, int n, T *A, int lda, int *size) \
    {                                                                                    \
        (void)h, (void)m, (void)A, (void)lda;                                            \
        *size = 64 * n;                                                                  \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##geqrf(void *h, int m, int n, T *A, int lda, T *tau, T *work,      \
                             int size, int *info);                                       \
    int cusolverDn##C##geqrf(void *h, int m, int n, T *A, int lda, T *tau, T *work,      \
                             int size, int *info)                                        \
    {                                                                                    \
        (void)h;                                                                         \
        *info =                                                                          \
            LAPACKE_##L##geqrf_work(LAPACK_COL_MAJOR, m, n, A, lda, tau, work, size);    \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##orgqr_bufferSize(void *h, int m, int n, int k, const T *A,        \
                                        int lda, const T *tau, int *size);               \
    int cusolverDn##C##orgqr_bufferSize(void *h, int m, int n, int k, const T *A,        \
                                        int lda, const T *tau, int *size)                \
    {                                                                                    \
        (void)h, (void)m, (void)k, (void)A, (void)lda, (void)tau;                        \
        *size = 64 * n;                                                                  \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##orgqr(void *h, int m, int n, int k, T *A, int lda, const T *tau,  \
                             T *work, int size, int *info);                              \
    int cusolverDn##C##orgqr(void *h, int m, int n, int k, T *A, int lda, const T *tau,  \
                             T *work, int size, int *info)                               \
    {                                                                                    \
        (void)h;                                                                         \
        *info =                                                                          \
            LAPACKE_##L##orgqr_work(LAPACK_COL_MAJOR, m, n, k, A, lda, tau, work, size); \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##gesvd_bufferSize(void *h, int m, int n, int *size);               \
    int cusolverDn##C##gesvd_bufferSize(void *h, int m, int n, int *size)                \
    {                                                                                    \
        (void)h;                                                                         \
        *size = 64 * (m + n);                                                            \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##gesvd(void *h, signed char u, signed char v, int m, int n, T *A,  \
                             int lda, T *s, T *U, int ldu, T *V, int ldv, T *work,       \
                             int size, T *more, int *info);                              \
    int cusolverDn##C##gesvd(void *h, signed char u, signed char v, int m, int n, T *A,  \
                             int lda, T *s, T *U, int ldu, T *V, int ldv, T *work,       \
                             int size, T *more, int *info)                               \
    {                                                                                    \
        (void)h, (void)more;                                                             \
        *info = LAPACKE_##L##gesvd_work(LAPACK_COL_MAJOR, (char)u, (char)v, m, n, A,     \
                                        lda, s, U, ldu, V, ldv, work, size);             \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##syevd_bufferSize(void *h, int vectors, int uplo, int n,           \
                                        const T *A, int lda, const T *w, int *size);     \
    int cusolverDn##C##syevd_bufferSize(void *h, int vectors, int uplo, int n,           \
                                        const T *A, int lda, const T *w, int *size)      \
    {                                                                                    \
        (void)h, (void)vectors, (void)uplo, (void)A, (void)lda, (void)w;                 \
        *size = n + 1;                                                                   \
        return 0;                                                                        \
    }                                                                                    \
    int cusolverDn##C##syevd(void *h, int vectors, int uplo, int n, T *A, int lda, T *w, \
                             T *work, int size, int *info);                              \
    int cusolverDn##C##syevd(void *h, int vectors, int uplo, int n, T *A, int lda, T *w, \
                             T *work, int size, int *info)                               \
    {                                                                                    \
        (void)h, (void)work, (void)size;                                                 \
        *info = LAPACKE_##L##syevd(LAPACK_COL_MAJOR, vectors ? 'V' : 'N',                \
                                   uplo ? 'U' : 'L', n, A, lda, w);                      \
        return 0;                                                                        \
    }

IN_TYPE(double, D, d)
IN_TYPE(float, S, s)
