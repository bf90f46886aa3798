/* The rows as the data have them, whatever coordinates the problem is posed in: for what
   is told of features, such as gates. */
#ifndef CVR_SOLVER_FEATURES_H
#define CVR_SOLVER_FEATURES_H

#include "solver/method.h"

int64_t cvr_features(const cvr_problem *problem); /* how many, without any ones */

/* H from a CSV or NPY file, a row each, in the type of X: every process reads it.
   Collective. */
cvr_status cvr_features_read(const cvr_problem *problem, const char *path,
                             cvr_mat *H) CVR_MUST_CHECK;
/* Z (own rows x k) = X H for H (features x k, or one row more: that of ones). Not
   collective. */
cvr_status cvr_features_times(const cvr_problem *problem, cvr_mat Z,
                              cvr_mat H) CVR_MUST_CHECK;
/* Rows index[0 .. k - 1] of all processes as columns of B (like H), on every process:
   collective. */
cvr_status cvr_features_fetch(const cvr_problem *problem, const int64_t *index,
                              cvr_mat B) CVR_MUST_CHECK;
/* r (own rows x 1): lengths of the rows, without the ones. */
cvr_status cvr_features_lengths(const cvr_problem *problem, cvr_mat r) CVR_MUST_CHECK;

/* A network over X's columns becomes one over features: its first layer is W Q. Not
   collective. */
cvr_status cvr_features_model(const cvr_problem *problem, cvr_model *m) CVR_MUST_CHECK;

#endif
