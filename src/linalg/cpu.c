/* The processor: OpenBLAS, LAPACK and kernels for what every processor of its kind can
   do, or for AVX2 and FMA where it has them. */
#include "linalg/cpu.h"

#include "base/bytes.h"
#include "linalg/blas.h"
#include "linalg/kernels.h"

static const cvr_backend plain = {"cpu",
                                  true,
                                  cvr_alloc,
                                  cvr_release,
                                  {&cvr_kernels_double_plain, &cvr_kernels_single_plain}};

static const cvr_backend avx2 = {"cpu with AVX2",
                                 true,
                                 cvr_alloc,
                                 cvr_release,
                                 {&cvr_kernels_double_avx2, &cvr_kernels_single_avx2}};

const cvr_backend *cvr_cpu_plain(void)
{
    return &plain;
}

const cvr_backend *cvr_cpu_avx2(void)
{
    return cvr_processor_abilities().avx2 ? &avx2 : NULL;
}

const cvr_backend *cvr_cpu(void)
{
    const cvr_backend *able = cvr_cpu_avx2();
    return able ? able : &plain;
}
