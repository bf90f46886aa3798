/* What z_L is trained towards, and the network's outputs in the units of Y:

       f = z_L R + m

   hinge, two classes     z towards 0 and 1, f = 2 z - 1
   softmax, two classes   two outputs, f = z_2 - z_1
   squared, free bias     targets in units of their own, y = s y' + m with R = s I: an
                          objective s^2 times as large (--normalize none: as they are)
   else                   f = z */
#ifndef CVR_DEEP_TARGETS_H
#define CVR_DEEP_TARGETS_H

#include "model/loss.h"
#include "solver/units.h"

typedef struct cvr_deep_targets {
    const cvr_problem *problem;
    const cvr_loss *loss;
    cvr_mat Y;        /* own rows x outputs of the loss */
    cvr_mat R, shift; /* outputs of the loss x outputs; m, outputs x 1 */
    cvr_units units;
    double square; /* s^2: the unit of the loss, in the user's */
    bool halves;   /* two classes: their labels are 0 and 1, of one output or of two */
    bool own;      /* units of their own */
} cvr_deep_targets;

/* Y.cols is known from then on. */
void cvr_deep_targets_pose(cvr_deep_targets *t, const cvr_problem *problem,
                           const cvr_loss *loss);
cvr_status cvr_deep_targets_lay_out(cvr_deep_targets *t, cvr_workspace *w) CVR_MUST_CHECK;
cvr_status cvr_deep_targets_start(cvr_deep_targets *t) CVR_MUST_CHECK; /* collective */

/* F (own rows x outputs) = Z R + m */
void cvr_deep_targets_read(const cvr_deep_targets *t, cvr_mat Z, cvr_mat F);

#endif
