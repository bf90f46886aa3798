/* What CPUID says of an x86-64 processor, and XGETBV of the system: the compiler's
   runtime asks both. */
#include "linalg/blas.h"

cvr_processor cvr_processor_abilities(void)
{
    __builtin_cpu_init();
    cvr_processor p = {
        .amd = __builtin_cpu_is("amd"),
        .avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                __builtin_cpu_supports("bmi2"),
        .avx512 =
            __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl")};
    return p;
}
