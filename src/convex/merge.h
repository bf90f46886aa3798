/* Rows that are equal in x and y count as one row with a weight: repeating a row and
   weighting it are the same problem, and leave-one-out leaves out all copies. */
#ifndef CVR_CONVEX_MERGE_H
#define CVR_CONVEX_MERGE_H

#include <cvxrelu/mat.h>

#include "base/fail.h"

typedef struct cvr_merged {
    cvr_mat X, Y;  /* distinct rows, in the order of their first copies */
    cvr_mat omega; /* rows x 1, double: the sum of the weights of their copies */
} cvr_merged;

/* X n x F, Y n x C, weights n x 1, whole on this process. */
cvr_status cvr_merge(cvr_mat X, cvr_mat Y, cvr_mat weights, cvr_merged *m) CVR_MUST_CHECK;
void cvr_merged_free(cvr_merged *m);

#endif
