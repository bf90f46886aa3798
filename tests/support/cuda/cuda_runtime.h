/* CUDA's runtime on the processor, as far as src/cuda uses it: a block has one thread,
   and blocks run one after another. So what the kernels compute is tested without a GPU;
   that threads of a block work together, and speed, are not. */
#ifndef CVR_TESTS_CUDA_RUNTIME_H
#define CVR_TESTS_CUDA_RUNTIME_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CVR_ON_DEVICE
#define CVR_ANYWHERE
#define CVR_KERNEL
#define CVR_BLOCK_SHARED static
#define CVR_START(kernel, blocks, ...)                                                   \
    do {                                                                                 \
        gridDim.x = (unsigned)(blocks);                                                  \
        for (blockIdx.x = 0; blockIdx.x < gridDim.x; blockIdx.x++)                       \
            kernel(__VA_ARGS__);                                                         \
    } while (0)
enum { THREADS = 1 };

typedef struct cvr_index {
    unsigned x;
} cvr_index;
static cvr_index blockIdx, gridDim, threadIdx, blockDim = {1};

static inline void __syncthreads(void)
{
}

typedef int cudaError_t;
typedef struct cvr_stream *cudaStream_t;
typedef struct cudaDeviceProp {
    char name[256];
} cudaDeviceProp;
enum { cudaSuccess = 0, cudaErrorMemoryAllocation = 2 };
enum { cudaMemcpyDefault, cudaMemcpyDeviceToHost, cudaMemcpyHostToDevice };

static inline const char *cudaGetErrorString(cudaError_t)
{
    return "an emulated failure";
}

static inline cudaError_t cudaGetLastError(void)
{
    return cudaSuccess;
}

static inline cudaError_t cudaGetDeviceCount(int *count)
{
    *count = 2;
    return cudaSuccess;
}

static inline cudaError_t cudaSetDevice(int)
{
    return cudaSuccess;
}

static inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp *about, int)
{
    strcpy(about->name, "an emulated device");
    return cudaSuccess;
}

static inline cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
    *stream = (cudaStream_t)malloc(1);
    return cudaSuccess;
}

static inline cudaError_t cudaStreamSynchronize(cudaStream_t)
{
    return cudaSuccess;
}

static inline cudaError_t cudaMalloc(void **data, size_t bytes)
{
    *data = malloc(bytes);
    return *data ? cudaSuccess : cudaErrorMemoryAllocation;
}

static inline cudaError_t cudaFree(void *data)
{
    free(data);
    return cudaSuccess;
}

static inline cudaError_t cudaMemGetInfo(size_t *unused, size_t *all)
{
    *unused = *all = (size_t)1 << 40;
    return cudaSuccess;
}

static inline cudaError_t cudaMemsetAsync(void *data, int value, size_t bytes,
                                          cudaStream_t)
{
    memset(data, value, bytes);
    return cudaSuccess;
}

static inline cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, int,
                                          cudaStream_t)
{
    memmove(to, from, bytes);
    return cudaSuccess;
}

static inline cudaError_t cudaMemcpy2DAsync(void *to, size_t to_step, const void *from,
                                            size_t from_step, size_t width, size_t height,
                                            int, cudaStream_t)
{
    for (size_t j = 0; j < height; j++)
        memmove((char *)to + j * to_step, (const char *)from + j * from_step, width);
    return cudaSuccess;
}

#endif
