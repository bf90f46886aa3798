/* Leaf functions: formulas of single numbers, in the common part of C and C++, so that
   kernels of every backend say the same. CVR_LEAF: how one is declared; CUDA's compiler
   adds where it runs. */
#ifndef CVR_LINALG_LEAF_H
#define CVR_LINALG_LEAF_H

#include <math.h>
#include <stdbool.h>

#ifdef __CUDACC__
#define CVR_LEAF static __host__ __device__ inline
#else
#define CVR_LEAF static inline
#endif

/* max(0, 1 - t / size); NaN stays NaN. */
CVR_LEAF double leaf_shrinkage(double size, double t)
{
    return size <= t ? 0 : 1 - t / size;
}

#endif
