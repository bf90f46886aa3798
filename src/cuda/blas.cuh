/* cuBLAS and cuSOLVER, found at run time: what is used of them, by the names and numbers
   of their stable interfaces. */
#ifndef CVR_CUDA_BLAS_H
#define CVR_CUDA_BLAS_H

#include <cuda_runtime.h>

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

/* Of the libraries' enumerations. */
enum { BLAS_LOWER = 0, BLAS_LEFT = 0, BLAS_RIGHT = 1, BLAS_N = 0, BLAS_T = 1 };
enum { BLAS_NOT_UNIT = 0, BLAS_VECTORS = 1 };

template <class T> struct blas_of {
    int (*gemm)(void *, int, int, int, int, int, const T *, const T *, int, const T *,
                int, const T *, T *, int);
    int (*syrk)(void *, int, int, int, int, const T *, const T *, int, const T *, T *,
                int);
    int (*trsm)(void *, int, int, int, int, int, int, const T *, const T *, int, T *,
                int);
    int (*potrf_size)(void *, int, int, T *, int, int *);
    int (*potrf)(void *, int, int, T *, int, T *, int, int *);
    int (*geqrf_size)(void *, int, int, T *, int, int *);
    int (*geqrf)(void *, int, int, T *, int, T *, T *, int, int *);
    int (*orgqr_size)(void *, int, int, int, const T *, int, const T *, int *);
    int (*orgqr)(void *, int, int, int, T *, int, const T *, T *, int, int *);
    int (*gesvd_size)(void *, int, int, int *);
    int (*gesvd)(void *, signed char, signed char, int, int, T *, int, T *, T *, int, T *,
                 int, T *, int, T *, int *);
    int (*syevd_size)(void *, int, int, int, const T *, int, const T *, int *);
    int (*syevd)(void *, int, int, int, T *, int, T *, T *, int, int *);
};

typedef struct cvr_blas {
    void *blas, *solver; /* handles */
    blas_of<double> d;
    blas_of<float> s;
} cvr_blas;

static inline void *open_first(const char *const *names)
{
    void *library = NULL;
    for (; *names && !library; names++)
        library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    return library;
}

template <class F> static bool look_up(void *library, const char *name, F *function)
{
    *(void **)function = dlsym(library, name);
    return *function != NULL;
}

/* Those of one type; letter: its own in their names. */
template <class T>
static bool look_up_type(void *blas, void *solver, char letter, blas_of<T> *of)
{
    char name[64];
#define OF(library, prefix, word, function)                                              \
    (snprintf(name, sizeof name, prefix "%c" word, letter),                              \
     look_up(library, name, &of->function))
    return OF(blas, "cublas", "gemm_v2", gemm) && OF(blas, "cublas", "syrk_v2", syrk) &&
           OF(blas, "cublas", "trsm_v2", trsm) &&
           OF(solver, "cusolverDn", "potrf_bufferSize", potrf_size) &&
           OF(solver, "cusolverDn", "potrf", potrf) &&
           OF(solver, "cusolverDn", "geqrf_bufferSize", geqrf_size) &&
           OF(solver, "cusolverDn", "geqrf", geqrf) &&
           OF(solver, "cusolverDn", "orgqr_bufferSize", orgqr_size) &&
           OF(solver, "cusolverDn", "orgqr", orgqr) &&
           OF(solver, "cusolverDn", "gesvd_bufferSize", gesvd_size) &&
           OF(solver, "cusolverDn", "gesvd", gesvd) &&
           OF(solver, "cusolverDn", "syevd_bufferSize", syevd_size) &&
           OF(solver, "cusolverDn", "syevd", syevd);
#undef OF
}

/* NULL, or what is missing. */
static const char *open_blas(cvr_blas *b, cudaStream_t stream)
{
    static const char *const blas_names[] = {"libcublas.so.13", "libcublas.so.12",
                                             "libcublas.so.11", "libcublas.so", NULL};
    static const char *const solver_names[] = {"libcusolver.so.12", "libcusolver.so.11",
                                               "libcusolver.so", NULL};
    void *blas = open_first(blas_names), *solver = open_first(solver_names);
    int (*create)(void **), (*create_solver)(void **);
    int (*set)(void *, cudaStream_t), (*set_solver)(void *, cudaStream_t);
    if (!blas)
        return "cuBLAS (libcublas.so) is not found";
    if (!solver)
        return "cuSOLVER (libcusolver.so) is not found";
    bool all = look_up(blas, "cublasCreate_v2", &create) &&
               look_up(blas, "cublasSetStream_v2", &set) &&
               look_up(solver, "cusolverDnCreate", &create_solver) &&
               look_up(solver, "cusolverDnSetStream", &set_solver) &&
               look_up_type(blas, solver, 'D', &b->d) &&
               look_up_type(blas, solver, 'S', &b->s);
    if (!all)
        return "cuBLAS or cuSOLVER lacks what is used of it";
    if (create(&b->blas) || set(b->blas, stream) || create_solver(&b->solver) ||
        set_solver(b->solver, stream))
        return "cuBLAS or cuSOLVER cannot be started";
    return NULL;
}

#endif
