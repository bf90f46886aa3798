/* The operations on a GPU of NVIDIA: cuBLAS for products, cuSOLVER for factors, kernels
   of our own for the rest, with the formulas of entries that the processor has
   (leaf.inc). One stream; sums by trees of a fixed shape and no atomics, so that a run
   gives the same bits each time. What is not here runs on the host
   (linalg/dispatch.inc). */
#include <cuda_runtime.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "ccp/ops.h"
#include "convex/ops.h"
#include "deep/ops.h"
#include "linalg/plugin.h"
#include "model/ops.h"

#define REAL double
#include "ccp/leaf.inc"
#include "convex/leaf.inc"
#include "deep/leaf.inc"
#include "linalg/leaf.inc"
#include "model/leaf.inc"
#undef REAL
#define REAL float
#include "ccp/leaf.inc"
#include "convex/leaf.inc"
#include "deep/leaf.inc"
#include "linalg/leaf.inc"
#include "model/leaf.inc"
#undef REAL

#include "blas.cuh"

/* How a kernel is started: each thread of each block. */
#ifndef CVR_START
#define CVR_START(kernel, blocks, ...)                                                   \
    kernel<<<(blocks), THREADS, 0, gpu.stream>>>(__VA_ARGS__)
#define CVR_ON_DEVICE __device__
#define CVR_ANYWHERE __host__ __device__
#define CVR_KERNEL __global__
#define CVR_BLOCK_SHARED __shared__
/* Of a block; blocks of a sum, at most, whose shape depends on the number of entries
   alone; blocks of a pass over entries. */
enum { THREADS = 256, BLOCKS = 512, GRID = 65535 };
#endif

/* Of one operation, at most. */
static const int SUMS = 8;

/* The device in use. A program opens one. */
static struct gpu {
    cudaStream_t stream;
    cvr_blas blas;
    void *scratch; /* grows; of one operation at a time */
    size_t room;
    double *partial, *total; /* BLOCKS x SUMS and SUMS doubles */
    cvr_backend backend;
    const cvr_plugin_host *host;
    char name[300];
    int index;
    bool ready;
} gpu;

/* ---- failures ---------------------------------------------------------------------- */

/* Operations without a status have none of their own: memory is there and shapes fit, so
   that what is left is a defect, or a device that is lost. */
static void must(cudaError_t e, const char *what)
{
    if (e == cudaSuccess)
        return;
    fprintf(stderr, "cvxrelu: the device failed in %s: %s\n", what,
            cudaGetErrorString(e));
    abort();
}

static void must_blas(int code, const char *what)
{
    if (code == 0)
        return;
    fprintf(stderr, "cvxrelu: the device failed in %s: code %d\n", what, code);
    abort();
}

static void wait_for(void)
{
    must(cudaStreamSynchronize(gpu.stream), "waiting");
}

/* Scratch memory of that many bytes, until the next call; NULL: there is none. */
static void *try_scratch(size_t bytes)
{
    if (bytes > gpu.room) {
        wait_for();
        must(cudaFree(gpu.scratch), "freeing");
        gpu.room = 0;
        if (cudaMalloc(&gpu.scratch, bytes) != cudaSuccess) {
            cudaGetLastError();
            gpu.scratch = NULL;
            return NULL;
        }
        gpu.room = bytes;
    }
    return gpu.scratch;
}

static void *scratch(size_t bytes)
{
    void *found = try_scratch(bytes);
    must(found ? cudaSuccess : cudaErrorMemoryAllocation,
         "taking memory for an operation");
    return found;
}

/* ---- entries and sums -------------------------------------------------------------- */

/* A matrix as kernels see it. */
template <class T> struct view {
    T *p;
    int64_t ld;
    CVR_ON_DEVICE T &operator()(int64_t i, int64_t j) const
    {
        return p[i + j * ld];
    }
};

template <class T> static view<T> on(cvr_mat A)
{
    view<T> v = {(T *)A.data, A.ld};
    return v;
}

template <class F> CVR_KERNEL void map_kernel(int64_t rows, int64_t total, F f)
{
    int64_t step = (int64_t)gridDim.x * blockDim.x;
    for (int64_t k = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; k < total; k += step)
        f(k % rows, k / rows);
}

static int blocks_for(int64_t total, int64_t most)
{
    int64_t blocks = (total + THREADS - 1) / THREADS;
    return (int)(blocks < most ? blocks : most);
}

/* A block each of so many columns or groups, at most. */
static inline int grid_of(int64_t count)
{
    const int64_t most = GRID;
    return (int)(count < 1 ? 1 : count < most ? count : most);
}

/* f(i, j) for all entries */
template <class F> static void map(int64_t rows, int64_t cols, F f)
{
    int64_t total = rows * cols;
    if (total > 0)
        CVR_START(map_kernel<F>, blocks_for(total, GRID), rows, total, f);
}

template <int K> struct sums {
    double x[K];
};

/* The sum of a block's threads, in a tree; thread 0 has it. */
template <int K> CVR_ON_DEVICE void add_up(sums<K> &s)
{
    CVR_BLOCK_SHARED double all[THREADS][K];
    for (int k = 0; k < K; k++)
        all[threadIdx.x][k] = s.x[k];
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if ((int)threadIdx.x < half)
            for (int k = 0; k < K; k++)
                all[threadIdx.x][k] += all[threadIdx.x + half][k];
        __syncthreads();
    }
    for (int k = 0; k < K; k++)
        s.x[k] = all[0][k];
    __syncthreads();
}

template <int K, class F>
CVR_KERNEL void partial_kernel(int64_t rows, int64_t total, F f, double *out)
{
    sums<K> s = {};
    int64_t step = (int64_t)gridDim.x * blockDim.x;
    for (int64_t k = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; k < total; k += step)
        f(k % rows, k / rows, s.x);
    add_up(s);
    if (threadIdx.x == 0)
        for (int k = 0; k < K; k++)
            out[blockIdx.x * K + k] = s.x[k];
}

template <int K> CVR_KERNEL void total_kernel(int blocks, const double *in, double *out)
{
    sums<K> s = {};
    for (int b = (int)threadIdx.x; b < blocks; b += (int)blockDim.x)
        for (int k = 0; k < K; k++)
            s.x[k] += in[b * K + k];
    add_up(s);
    if (threadIdx.x == 0)
        for (int k = 0; k < K; k++)
            out[k] = s.x[k];
}

/* Doubles of the device to the host, which waits. */
static void fetch(double *x, const double *from, int64_t count)
{
    must(cudaMemcpyAsync(x, from, (size_t)count * sizeof *x, cudaMemcpyDeviceToHost,
                         gpu.stream),
         "copying sums");
    wait_for();
}

/* out[k] = sum_ij of what f(i, j, x) adds to x[k] */
template <int K, class F>
static void sum_up(int64_t rows, int64_t cols, F f, double *out)
{
    int blocks = blocks_for(rows * cols, BLOCKS);
    blocks = blocks > 0 ? blocks : 1;
    CVR_START((partial_kernel<K, F>), blocks, rows > 0 ? rows : 1, rows * cols, f,
              gpu.partial);
    CVR_START((total_kernel<K>), 1, blocks, gpu.partial, out);
}

/* Into s, on the device or on the host. */
template <int K, class F> static void put(cvr_mat s, int64_t rows, int64_t cols, F f)
{
    double *out = s.device->host ? gpu.total : (double *)s.data;
    sum_up<K>(rows, cols, f, out);
    if (s.device->host)
        fetch((double *)s.data, out, K);
}

/* The sum, on the host. */
template <class F> static double sum_of(int64_t rows, int64_t cols, F f)
{
    double x;
    sum_up<1>(rows, cols, f, gpu.total);
    fetch(&x, gpu.total, 1);
    return x;
}

/* The largest of a block's threads; NaN when any is. */
CVR_ON_DEVICE static double largest_of(double x)
{
    CVR_BLOCK_SHARED double all[THREADS];
    all[threadIdx.x] = x;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if ((int)threadIdx.x < half)
            all[threadIdx.x] = leaf_larger(all[threadIdx.x], all[threadIdx.x + half]);
        __syncthreads();
    }
    x = all[0];
    __syncthreads();
    return x;
}

template <class F>
CVR_KERNEL void largest_kernel(int64_t rows, int64_t total, double start, F f,
                               double *out)
{
    double high = start;
    int64_t step = (int64_t)gridDim.x * blockDim.x;
    for (int64_t k = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; k < total; k += step)
        high = leaf_larger(high, f(k % rows, k / rows));
    high = largest_of(high);
    if (threadIdx.x == 0)
        out[blockIdx.x] = high;
}

struct place {
    const double *p;
    double sign;
    CVR_ON_DEVICE double operator()(int64_t i, int64_t) const
    {
        return p[i];
    }
};

template <class F>
CVR_KERNEL void last_kernel(int64_t count, double start, F f, double sign, double *out)
{
    double high = start;
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x)
        high = leaf_larger(high, f(k, 0));
    high = largest_of(high);
    if (threadIdx.x == 0)
        *out = sign * high;
}

/* s = sign times the largest of start and f(i, j) */
template <class F>
static void put_largest(cvr_mat s, int64_t rows, int64_t cols, double start, double sign,
                        F f)
{
    double *out = s.device->host ? gpu.total : (double *)s.data;
    int blocks = blocks_for(rows * cols, BLOCKS);
    place found = {gpu.partial, 1};
    blocks = blocks > 0 ? blocks : 1;
    CVR_START(largest_kernel<F>, blocks, rows > 0 ? rows : 1, rows * cols, start, f,
              gpu.partial);
    CVR_START(last_kernel<place>, 1, (int64_t)blocks, start, found, sign, out);
    if (s.device->host)
        fetch((double *)s.data, out, 1);
}

/* A block a column: out(j, the sum of f(i, j)). */
template <class F, class G>
CVR_KERNEL void col_sums_kernel(int64_t rows, int64_t cols, F f, G out)
{
    for (int64_t j = blockIdx.x; j < cols; j += gridDim.x) {
        sums<1> s = {};
        for (int64_t i = threadIdx.x; i < rows; i += blockDim.x)
            s.x[0] += f(i, j);
        add_up(s);
        if (threadIdx.x == 0)
            out(j, s.x[0]);
    }
}

template <class F, class G> static void sum_cols(int64_t rows, int64_t cols, F f, G out)
{
    if (cols > 0)
        CVR_START((col_sums_kernel<F, G>), grid_of(cols), rows, cols,
                  f, out);
}

/* Likewise out(j, the largest of start and f(i, j)). */
template <class F, class G>
CVR_KERNEL void col_largest_kernel(int64_t rows, int64_t cols, double start, F f, G out)
{
    for (int64_t j = blockIdx.x; j < cols; j += gridDim.x) {
        double high = start;
        for (int64_t i = threadIdx.x; i < rows; i += blockDim.x)
            high = leaf_larger(high, f(i, j));
        high = largest_of(high);
        if (threadIdx.x == 0)
            out(j, high);
    }
}

template <class F, class G>
static void largest_of_cols(int64_t rows, int64_t cols, double start, F f, G out)
{
    if (cols > 0)
        CVR_START((col_largest_kernel<F, G>), grid_of(cols), rows,
                  cols, start, f, out);
}

#define AT [=] CVR_ON_DEVICE(int64_t i, int64_t j)
#define ADD [=] CVR_ON_DEVICE(int64_t i, int64_t j, double *x)
#define OUT_OF(c) [=] CVR_ON_DEVICE(int64_t j, double c)

#include "factors.cuh"

#include "linalg.cuh"

#include "convex.cuh"

#include "families.cuh"

/* ---- memory ------------------------------------------------------------------------ */

static cvr_status take(int64_t count, size_t size, const char *what, void **data)
{
    size_t bytes = (size_t)count * size;
    *data = NULL;
    cudaSetDevice(gpu.index); /* of this thread of the program */
    if (count < 0 || (count > 0 && bytes / (size_t)count != size) ||
        cudaMalloc(data, bytes > 0 ? bytes : 1) != cudaSuccess) {
        cudaGetLastError();
        return gpu.host->fail(CVR_NO_MEMORY, "%s: the device has no memory for it", what);
    }
    must(cudaMemsetAsync(*data, 0, bytes, gpu.stream), "zeroing");
    return CVR_OK;
}

static void give(void *data)
{
    wait_for();
    must(cudaFree(data), "freeing");
}

static int64_t available(void)
{
    size_t free_bytes = 0, all = 0;
    must(cudaMemGetInfo(&free_bytes, &all), "asking for memory");
    return (int64_t)free_bytes;
}

/* ---- the plug-in ------------------------------------------------------------------- */

static const void *family(const char *name, cvr_type type)
{
    static const struct {
        const char *name;
        const void *of[2];
    } rows[] = {{"convex",
                 {&convex_kernels<double>::table, &convex_kernels<float>::table}},
                {"deep", {&deep_kernels<double>::table, &deep_kernels<float>::table}},
                {"model", {&model_kernels<double>::table, &model_kernels<float>::table}},
                {"ccp", {&ccp_kernels<double>::table, &ccp_kernels<float>::table}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].of[type];
    return NULL;
}

static cvr_status no_device(const cvr_plugin_host *host, cudaError_t e)
{
    return host->fail(CVR_NO_MEMORY, "no device to run on: %s",
                      e == cudaSuccess ? "none is there" : cudaGetErrorString(e));
}

static cvr_status open_device(const cvr_plugin_host *host, int index)
{
    const char *lacks;
    cudaError_t e = cudaSetDevice(index);
    if (e == cudaSuccess)
        e = cudaStreamCreate(&gpu.stream);
    if (e == cudaSuccess)
        e = cudaMalloc((void **)&gpu.partial, (BLOCKS + 1) * SUMS * sizeof(double));
    if (e != cudaSuccess)
        return no_device(host, e);
    gpu.host = host;
    gpu.index = index;
    gpu.total = gpu.partial + BLOCKS * SUMS;
    lacks = open_blas(&gpu.blas, gpu.stream);
    if (lacks)
        return host->fail(CVR_NO_MEMORY, "the device cannot be used: %s", lacks);
    gpu.backend.name = gpu.name;
    gpu.backend.alloc = take;
    gpu.backend.free = give;
    gpu.backend.available = available;
    gpu.backend.of[CVR_DOUBLE] = &linalg_kernels<double>::table;
    gpu.backend.of[CVR_SINGLE] = &linalg_kernels<float>::table;
    gpu.backend.family = family;
    gpu.ready = true;
    return CVR_OK;
}

extern "C" __attribute__((visibility("default"))) cvr_status
cvr_plugin_open_device(const cvr_plugin_host *host, int index, int *count, char *name,
                       const cvr_backend **device)
{
    cudaDeviceProp about;
    cvr_status status = CVR_OK;
    cudaError_t e;
    *count = 0;
    if (strcmp(host->version, CVR_VERSION) != 0 || host->tables != sizeof(cvr_kernels))
        return host->fail(CVR_NO_MEMORY,
                          "no device to run on: the plug-in is of version %s, and not of "
                          "this one, %s",
                          CVR_VERSION, host->version);
    e = cudaGetDeviceCount(count);
    if (e != cudaSuccess || *count < 1) {
        *count = 0;
        return no_device(host, e);
    }
    if (index < 0 || index >= *count)
        return host->fail(CVR_NO_MEMORY, "device %d is not there: %d %s", index, *count,
                          *count == 1 ? "is" : "are");
    e = cudaGetDeviceProperties(&about, index);
    if (e != cudaSuccess)
        return no_device(host, e);
    snprintf(name, 256, "%s", about.name);
    if (!device)
        return CVR_OK;
    snprintf(gpu.name, sizeof gpu.name, "%s", about.name);
    if (!gpu.ready)
        status = open_device(host, index);
    else if (index != gpu.index)
        status = host->fail(CVR_NO_MEMORY,
                            "device %d: the program has opened device %d, and it can "
                            "have one only",
                            index, gpu.index);
    else
        cudaSetDevice(index);
    *device = status == CVR_OK ? &gpu.backend : NULL;
    return status;
}
