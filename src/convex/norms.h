/* Norms of groups of weights, and of a dual point. */
#ifndef CVR_CONVEX_NORMS_H
#define CVR_CONVEX_NORMS_H

#include "convex/program.h"

/* Norms of A's groups, rows 0 .. w - 1, placed among the figures, and when these have
   been read, their sum: the penalty of weights A (d x m), over beta. */
const double *cvr_group_norms_place(const cvr_program *p, cvr_mat A);
double cvr_group_norms_sum(const cvr_program *p, const double *norms);
/* max_i m_i of B = F'r + G'mu (overwritten), the least beta for which r is dual feasible:
   norms of groups, once thresholds are closed. NaN when an entry is. */
const double *cvr_dual_size_place(const cvr_program *p, cvr_mat B);
double cvr_dual_size_of(const cvr_program *p, const double *norms);
/* Of a program with alpha / 2 |u|^2 besides, for t times a dual point:
   sum_i (t m_i - beta)_+^2, and the squares of thresholds' entries at t = 1, which are
   not closed then. */
double cvr_elastic_square(const cvr_program *p, const double *norms, double t);
double cvr_threshold_square(const cvr_program *p, cvr_mat B);
/* These, at once. */
double cvr_group_sum(const cvr_program *p, cvr_mat A);
double cvr_dual_size(const cvr_program *p, cvr_mat B);

#endif
