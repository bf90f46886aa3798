/* Which kernels of OpenBLAS suit a processor. */
#ifndef CVR_LINALG_BLAS_H
#define CVR_LINALG_BLAS_H

#include <stdbool.h>

#include <cvxrelu/blas.h>

/* What the processor has and the system lets programs use. */
typedef struct cvr_processor {
    bool amd;
    bool avx2;   /* with FMA and BMI2, as the kernels Haswell and Zen want it */
    bool avx512; /* F, CD, BW, DQ and VL, as SkylakeX wants it */
} cvr_processor;

/* All false on other kinds of processors. */
cvr_processor cvr_processor_abilities(void);

/* Kernels for p where OpenBLAS, which chooses among several (dynamic), has taken some
   without AVX2 though p has it; user: what the user has asked for, or NULL. NULL: leave
   them. */
const char *cvr_blas_wanted(const char *kernels, bool dynamic, const char *user,
                            cvr_processor p);

/* The kernels at work, as OpenBLAS calls them: "Haswell", "SkylakeX", "Prescott" ... */
const char *cvr_blas_kernels(void);

#endif
