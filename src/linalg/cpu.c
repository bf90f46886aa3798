/* The processor: OpenBLAS, LAPACK and kernels for what every processor of its kind can
   do, or for AVX2 where there is AVX2. */
#include "linalg/cpu.h"

#include "linalg/cpu_kernels.inc"

const cvr_backend *cvr_cpu_plain(void)
{
    return &backend;
}

const cvr_backend *cvr_cpu(void)
{
    const cvr_backend *avx2 = cvr_cpu_avx2();
    return avx2 ? avx2 : &backend;
}
