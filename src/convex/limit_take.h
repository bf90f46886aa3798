/* Rows of the problem as kernels compare them, and their centred targets. */
#ifndef CVR_CONVEX_LIMIT_TAKE_H
#define CVR_CONVEX_LIMIT_TAKE_H

#include "convex/limit_state.h"

/* Features of tables are cut off there; 0: they are not. */
double cvr_limit_clip(const cvr_problem *q);
/* Columns of X that kernels compare: features, or the components that stand for them. */
int64_t cvr_limit_columns(const cvr_problem *q);
/* s->mean and what follows from it: the mean of the targets over all rows, which are
   centred where the bias is free. */
cvr_status cvr_limit_centre(cvr_limit *s) CVR_MUST_CHECK;
/* X (without ones, clipped, or its components; count x columns) and the centred Y of the
   rows of `index`, on every process. */
cvr_status cvr_limit_take(const cvr_limit *s, const int64_t *index, cvr_mat X,
                          cvr_mat Y) CVR_MUST_CHECK;
/* The same of `count` distinct rows that the seed draws, X of this type, Y and weights
   (count x 1) in double; all are made here, and the caller frees them whatever the
   status. */
cvr_status cvr_limit_draw(const cvr_limit *s, int64_t count, cvr_type type, cvr_mat *X,
                          cvr_mat *Y, cvr_mat *weights) CVR_MUST_CHECK;

#endif
