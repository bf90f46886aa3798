/* What a build for another kind of processor has of AVX2. */
#include <stddef.h>

#include "linalg/cpu.h"

const cvr_backend *cvr_cpu_avx2(void)
{
    return NULL;
}
