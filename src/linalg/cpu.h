/* Variants of the processor's kernels. */
#ifndef CVR_LINALG_CPU_H
#define CVR_LINALG_CPU_H

#include "linalg/backend.h"

/* What every processor of its kind can do. */
const cvr_backend *cvr_cpu_plain(void);
/* NULL where this processor, or this build, has no AVX2 and FMA. */
const cvr_backend *cvr_cpu_avx2(void);

#endif
