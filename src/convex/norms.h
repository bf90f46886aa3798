/* Norms of groups of weights, and of a dual point. */
#ifndef CVR_CONVEX_NORMS_H
#define CVR_CONVEX_NORMS_H

#include "convex/program.h"

/* The sum of the norms of A's groups over all outputs, rows 0 .. w - 1: the penalty of
   weights A (d x m), over beta. */
double cvr_group_sum(const cvr_program *p, cvr_mat A);
/* max_i m_i of B = F'r + G'mu (overwritten), the least beta for which r is dual feasible:
   norms of groups, once thresholds are closed. NaN when an entry is. */
double cvr_dual_size(const cvr_program *p, cvr_mat B);

#endif
