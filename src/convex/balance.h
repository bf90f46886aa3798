/* Penalties that follow their own residuals. */
#ifndef CVR_CONVEX_BALANCE_H
#define CVR_CONVEX_BALANCE_H

#include <math.h>

#include <cvxrelu/comm.h>

#include "linalg/ops.h"

/* sqrt of (relative primal) and (relative dual) residual. */
static inline double cvr_relative(double part2, double of2)
{
    return of2 > 0 ? sqrt(part2 / of2) : part2 > 0 ? 1 : 0;
}

/* By what to multiply a penalty whose residuals are these: sqrt(primal / dual), within
   [1/10, 10], and 1 while they are within a factor of 4 of each other. */
static inline double cvr_balance(cvr_residual r)
{
    double primal = cvr_relative(r.primal2, r.primal_of2);
    double dual = cvr_relative(r.dual2, r.dual_of2);
    double factor = dual > 0 ? sqrt(primal / dual) : INFINITY;
    if ((primal == 0 && dual == 0) || isnan(factor) || (factor > 0.5 && factor < 2))
        return 1;
    return fmin(fmax(factor, 0.1), 10);
}

/* Of own rows -> of all. The larger of two sums is that of the whole sums. */
static inline cvr_status cvr_share_residual(cvr_comm *comm, cvr_residual *r)
{
    double x[] = {r->primal2, r->dual2, r->dual_of2, r->either2[0], r->either2[1]};
    cvr_status status = cvr_allreduce_sum(comm, x, 5);
    *r = (cvr_residual){x[0], x[1], fmax(x[3], x[4]), x[2], {x[3], x[4]}};
    return status;
}

#endif
