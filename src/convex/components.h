/* Principal components that stand for all features. */
#ifndef CVR_CONVEX_COMPONENTS_H
#define CVR_CONVEX_COMPONENTS_H

#include "solver/method.h"

/* V (F x K, X's type, made here): the K leading principal components of the rows of all
   processes, cut off at +-clip (0: as they are), so that x V has K as its mean squared
   length. Groups of features (of images) count alike, and where they are mirrored the
   first *even components are of even features and the others of odd ones; *even = K
   where there are none. K < F. Functions of the seed and the rows. Collective. */
cvr_status cvr_components_fit(const cvr_problem *q, int64_t K, double clip, cvr_mat *V,
                              int64_t *even) CVR_MUST_CHECK;

#endif
