/* Probabilities from scores of rows that were left out: multinomial logistic regression
   of the classes on them (two classes: Platt 1999). */
#ifndef CVR_CONVEX_CALIBRATE_H
#define CVR_CONVEX_CALIBRATE_H

#include <cvxrelu/mat.h>

#include "base/fail.h"

/* A ((C + 1) x classes) minimises

       sum_i omega_i (log sum_c exp z_ic - z_i,y_i) + 0.05 |W - W0|^2,   z = [L, 1] W

   L (n x classes): scores F (n x C), for one output [-f, f] / 2; W0 = [4 I; 0]. A is W
   for [f, 1]. Y: targets as the data set has them (one output: -1 and 1).
   All in double. */
cvr_status cvr_calibrate(cvr_mat F, cvr_mat Y, cvr_mat omega, cvr_mat A) CVR_MUST_CHECK;
/* A higher score of a class makes it likelier: false where the rows that were left out
   say the opposite, as a handful of rows can. */
bool cvr_calibration_rises(cvr_mat A);

#endif
