/* The processor with AVX2 and FMA: CMake compiles this file with -mavx2 -mfma. */
#include "linalg/cpu.h"

#include "linalg/cpu_kernels.inc"

const cvr_backend *cvr_cpu_avx2(void)
{
    bool able = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return able ? &backend : NULL;
}
