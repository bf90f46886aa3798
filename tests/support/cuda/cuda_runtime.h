/* CUDA's runtime on the processor, as far as src/cuda uses it. Blocks run one after
   another; the threads of a block take turns, each with a stack of its own, from one
   barrier (__syncthreads) to the next. So what the kernels compute, and how threads of a
   block work together, is tested without a GPU; speed is not, nor what threads do
   between two barriers at once. */
#ifndef CVR_TESTS_CUDA_RUNTIME_H
#define CVR_TESTS_CUDA_RUNTIME_H

#include <math.h>
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

/* The threads of the block that runs. */
static struct turns {
    ucontext_t home, at[THREADS];
    char stack[THREADS][1 << 16];
    bool done[THREADS];
    void (*call)(const void *kernel);
    const void *kernel;
} turns;

static inline void __syncthreads(void)
{
    swapcontext(&turns.at[threadIdx.x], &turns.home);
}

static void take_turn(void)
{
    turns.call(turns.kernel);
    turns.done[threadIdx.x] = true;
}

static void begin_block(void)
{
    for (unsigned t = 0; t < THREADS; t++) {
        getcontext(&turns.at[t]);
        turns.at[t].uc_stack.ss_sp = turns.stack[t];
        turns.at[t].uc_stack.ss_size = sizeof turns.stack[t];
        turns.at[t].uc_link = &turns.home;
        turns.done[t] = false;
        makecontext(&turns.at[t], take_turn, 0);
    }
}

/* All threads to their next barrier; how many are at their end. A kernel in which some
   end where others wait is wrong. */
static int go_round(void)
{
    int ended = 0;
    for (unsigned t = 0; t < THREADS; t++) {
        threadIdx.x = t;
        swapcontext(&turns.home, &turns.at[t]);
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
        begin_block();
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
