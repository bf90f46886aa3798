/* Losses of one row, with their slopes. */
#ifndef CVR_BASELINE_LOSS_H
#define CVR_BASELINE_LOSS_H

#include "solver/method.h"

/* Outputs f and targets y (C each) -> the loss; slope: its derivative by f (C). Where f
   is NaN the loss is NaN. Classes are -1/+1 in one output, or one-hot 0/1 in several. */
typedef double cvr_row_loss(int64_t C, const double *f, const double *y, double *slope);

typedef struct cvr_loss {
    const char *name;
    cvr_row_loss *row;
} cvr_loss;

/* --loss for this task; CVR_USAGE when it does not go with it. */
cvr_status cvr_loss_choose(const cvr_problem *problem,
                           const cvr_loss **loss) CVR_MUST_CHECK;

#endif
