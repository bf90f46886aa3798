/* The network that weights of the convex program stand for. */
#ifndef CVR_CONVEX_RECOVER_H
#define CVR_CONVEX_RECOVER_H

#include "convex/program.h"

/* ReLU: a neuron for each column v of V (d x m) that is not zero, with first-layer weight
   v / sqrt|v| and second-layer weight +-sqrt|v| to its output. Gated: the gates that are
   alive, with their linear maps. The first layer is over X's columns, the gates over the
   features. In the user's unit; mean: of the outputs of V (C), for the constants of a
   free bias. */
cvr_status cvr_recover(const cvr_program *p, cvr_mat V, const double *mean,
                       cvr_model *m) CVR_MUST_CHECK;

/* Patterns, and neurons (ReLU) or gates (gated) that are not zero. */
void cvr_recover_figures(const cvr_program *p, cvr_mat V, cvr_progress *progress);

#endif
