/* Processors of other kinds: OpenBLAS's choice stands. */
#include "linalg/blas.h"

cvr_processor cvr_processor_abilities(void)
{
    return (cvr_processor){0};
}
