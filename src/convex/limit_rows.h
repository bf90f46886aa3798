/* A part of the rows of all processes, on every process. */
#ifndef CVR_CONVEX_LIMIT_ROWS_H
#define CVR_CONVEX_LIMIT_ROWS_H

#include "solver/method.h"

/* `count` of n rows, drawn by the seed, in their order; or all of them. The caller
   releases *index. */
cvr_status cvr_rows_draw(uint64_t seed, int64_t n, int64_t count,
                         int64_t **index) CVR_MUST_CHECK;
/* B = rows index[0 .. B.rows - 1] of A, which is distributed as the problem's rows are.
   Collective. */
cvr_status cvr_rows_fetch(const cvr_problem *q, cvr_mat A, const int64_t *index,
                          cvr_mat B) CVR_MUST_CHECK;

#endif
