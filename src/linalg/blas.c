/* OpenBLAS takes kernels by the processor's family and model, and the oldest where it
   does not know them, whatever the processor can do. */
#include "linalg/blas.h"

#include <stdlib.h>
#include <string.h>

#include <cblas.h>

/* Those without AVX2: no processor that has it is meant to run them. */
static const char *const outdated[] = {
    "Katmai",      "Coppermine", "Northwood",  "Prescott",     "Banias",
    "Atom",        "Core2",      "Penryn",     "Dunnington",   "Nehalem",
    "Sandybridge", "Athlon",     "Opteron",    "Opteron_SSE3", "Barcelona",
    "Bobcat",      "Bulldozer",  "Piledriver", "Steamroller",  "Nano"};

const char *cvr_blas_wanted(const char *kernels, bool dynamic, const char *user,
                            cvr_processor p)
{
    bool slow = false;
    for (size_t i = 0; i < sizeof outdated / sizeof *outdated; i++)
        slow = slow || strcmp(kernels, outdated[i]) == 0;
    if (!slow || !dynamic || user || !p.avx2)
        return NULL;
    return p.avx512 ? "SkylakeX" : p.amd ? "Zen" : "Haswell";
}

const char *cvr_blas_kernels(void)
{
    return openblas_get_corename();
}

const char *cvr_blas_better(void)
{
    bool dynamic = strstr(openblas_get_config(), "DYNAMIC_ARCH") != NULL;
    return cvr_blas_wanted(cvr_blas_kernels(), dynamic, getenv("OPENBLAS_CORETYPE"),
                           cvr_processor_abilities());
}
