/* The processor's kernels: each source of kernels is compiled twice, for what every
   processor of its kind can do and, with CVR_VARIANT=avx2, for AVX2 and FMA. */
#ifndef CVR_LINALG_KERNELS_H
#define CVR_LINALG_KERNELS_H

#include "linalg/backend.h"

#ifndef CVR_VARIANT
#define CVR_VARIANT plain
#endif

/* The table that a source defines: cvr_kernels_double_plain and the like. */
#define CVR_PASTE(name, type, variant) name##_##type##_##variant
#define CVR_PASTE_OF(name, type, variant) CVR_PASTE(name, type, variant)
#define CVR_TABLE(name, type) CVR_PASTE_OF(name, type, CVR_VARIANT)

extern const cvr_kernels cvr_kernels_double_plain, cvr_kernels_single_plain;
extern const cvr_kernels cvr_kernels_double_avx2, cvr_kernels_single_avx2;

#endif
