/* From outputs to classes. */
#ifndef CVR_MODEL_SCORE_H
#define CVR_MODEL_SCORE_H

#include <cvxrelu/mat.h>

/* Row i of F. One output: 1 above the threshold, else 0. More: the largest output. */
int cvr_class_of(cvr_mat F, int64_t i, double threshold);

#endif
