/* The processor: OpenBLAS, LAPACK and kernels for what every processor of its kind can
   do, or for AVX2 and FMA where it has them. */
#include "linalg/cpu.h"

#include "base/bytes.h"
#include "linalg/blas.h"
#include "linalg/kernels.h"

static const cvr_backend plain = {
    .name = "cpu",
    .host = true,
    .alloc = cvr_alloc,
    .free = cvr_release,
    .of = {&cvr_kernels_double_plain, &cvr_kernels_single_plain}};

static const cvr_backend avx2 = {
    .name = "cpu with AVX2",
    .host = true,
    .variant = 1,
    .alloc = cvr_alloc,
    .free = cvr_release,
    .of = {&cvr_kernels_double_avx2, &cvr_kernels_single_avx2}};

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
