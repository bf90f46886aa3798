/* CUDA's runtime on the processor, as far as src/cuda uses it. Blocks run one after
   another; the threads of a block take turns, each with a stack of its own, from one
   barrier (__syncthreads) to the next. So what the kernels compute, and how threads of a
   block work together, is tested without a GPU; speed is not, nor what threads do
   between two barriers at once. */
#ifndef CVR_TESTS_CUDA_RUNTIME_H
#define CVR_TESTS_CUDA_RUNTIME_H

#undef _FORTIFY_SOURCE /* it takes another stack for a mistake */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define CVR_ON_DEVICE
#define CVR_ANYWHERE
#define CVR_KERNEL
#define CVR_BLOCK_SHARED static
#define CVR_START(kernel, blocks, ...)                                                   \
    run_blocks((unsigned)(blocks), [&] { kernel(__VA_ARGS__); })
enum { THREADS = 4, BLOCKS = 3, GRID = 5 };

typedef struct cvr_index {
    unsigned x;
} cvr_index;
static cvr_index blockIdx, gridDim, threadIdx, blockDim = {THREADS};

/* The threads of the block that runs: they are made once, and each goes to sleep at a
   barrier and at the end of a kernel. */
static struct turns {
    jmp_buf home, at[THREADS];
    ucontext_t first[THREADS];
    char stack[THREADS][1 << 16];
    bool made[THREADS], done[THREADS];
    void (*call)(const void *kernel);
    const void *kernel;
} turns;

static inline void __syncthreads(void)
{
    if (_setjmp(turns.at[threadIdx.x]) == 0)
        _longjmp(turns.home, 1);
}

static void live(void)
{
    for (;;) {
        turns.call(turns.kernel);
        turns.done[threadIdx.x] = true;
        __syncthreads();
    }
}

static void wake(unsigned t)
{
    threadIdx.x = t;
    if (_setjmp(turns.home) != 0)
        return;
    if (turns.made[t])
        _longjmp(turns.at[t], 1);
    turns.made[t] = true;
    getcontext(&turns.first[t]);
    turns.first[t].uc_stack.ss_sp = turns.stack[t];
    turns.first[t].uc_stack.ss_size = sizeof turns.stack[t];
    makecontext(&turns.first[t], live, 0);
    setcontext(&turns.first[t]);
}

/* All threads to their next barrier; how many are at their end. A kernel in which some
   end where others wait is wrong. */
static int go_round(void)
{
    int ended = 0;
    for (unsigned t = 0; t < THREADS; t++) {
        wake(t);
        ended += turns.done[t];
    }
    if (ended != 0 && ended != THREADS) {
        fprintf(stderr, "threads of a block do not meet at a barrier\n");
        abort();
    }
    return ended;
}

template <class F> static void run_blocks(unsigned blocks, F kernel)
{
    gridDim.x = blocks;
    turns.kernel = &kernel;
    turns.call = [](const void *f) { (*(const F *)f)(); };
    for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++) {
        memset(turns.done, 0, sizeof turns.done);
        while (go_round() == 0)
            continue;
    }
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

/* How often the host has waited, to the file of that name at the end of the program. */
static struct waits {
    long count;
    ~waits()
    {
        const char *name = getenv("CVR_EMULATED_WAITS");
        FILE *file = name ? fopen(name, "w") : NULL;
        if (file) {
            fprintf(file, "%ld\n", count);
            fclose(file);
        }
    }
} waits;

static inline cudaError_t cudaStreamSynchronize(cudaStream_t)
{
    waits.count++;
    return cudaSuccess;
}

/* Bytes that the device has. */
static inline size_t emulated_memory(void)
{
    const char *bytes = getenv("CVR_EMULATED_MEMORY");
    return bytes ? (size_t)atoll(bytes) : (size_t)1 << 40;
}

static inline cudaError_t cudaMalloc(void **data, size_t bytes)
{
    *data = bytes <= emulated_memory() ? malloc(bytes) : NULL;
    return *data ? cudaSuccess : cudaErrorMemoryAllocation;
}

static inline cudaError_t cudaFree(void *data)
{
    free(data);
    return cudaSuccess;
}

static inline cudaError_t cudaMemGetInfo(size_t *unused, size_t *all)
{
    *unused = *all = emulated_memory();
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
