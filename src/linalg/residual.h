/* Sums of residuals. */
#ifndef CVR_LINALG_RESIDUAL_H
#define CVR_LINALG_RESIDUAL_H

#include <cvxrelu/mat.h>

static inline void cvr_residual_add(cvr_residual *sum, cvr_residual r)
{
    sum->primal2 += r.primal2;
    sum->dual2 += r.dual2;
    sum->primal_of2 += r.primal_of2;
    sum->dual_of2 += r.dual_of2;
    sum->either2[0] += r.either2[0];
    sum->either2[1] += r.either2[1];
}

#endif
