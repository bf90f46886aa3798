/* Targets in units of their own: a change of units of a network's last layer, after which
   targets around 1000, or in millionths, are not a different problem. */
#ifndef CVR_SOLVER_UNITS_H
#define CVR_SOLVER_UNITS_H

#include "solver/method.h"

/* CVR_BAD_DATA when squares of the targets, or of the features too, leave the range of
   numbers. Collective. */
cvr_status cvr_squares_check(const cvr_problem *p, bool features) CVR_MUST_CHECK;

/* Of each output over the rows of all processes, by their weights. */
typedef struct cvr_units {
    int64_t outputs;
    double *mean;
    double *deviation; /* root mean square of y - mean; 0: all targets are equal */
} cvr_units;

/* Means 0 and deviations 1, in a workspace. */
cvr_status cvr_units_lay_out(cvr_units *u, cvr_workspace *w,
                             int64_t outputs) CVR_MUST_CHECK;
/* Measures them; around 0 unless they are to be centred. Collective. */
cvr_status cvr_units_measure(const cvr_problem *p, bool centred,
                             cvr_units *u) CVR_MUST_CHECK;
/* The root mean square of the deviations, 1 when all are 0: one unit for all outputs, in
   which a sum of squares is the user's divided by its square. */
double cvr_units_common(const cvr_units *u);

#endif
