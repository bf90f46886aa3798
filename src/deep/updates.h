/* The steps that have a closed form: the top layer's z and multiplier, the losses. */
#ifndef CVR_DEEP_UPDATES_H
#define CVR_DEEP_UPDATES_H

#include <cvxrelu/mat.h>

typedef enum cvr_deep_loss { CVR_HINGE, CVR_SQUARED, CVR_SOFTMAX } cvr_deep_loss;

typedef enum cvr_deep_multiplier {
    CVR_MULTIPLIER_FULL,  /* <lambda, z_L - a_{L-1} V_L> in every step */
    CVR_MULTIPLIER_PAPER, /* <lambda, z_L>: in the step of z_L only */
    CVR_MULTIPLIER_NONE
} cvr_deep_multiplier;

/* sum over rows of the loss of outputs F. Squared: |f - y|^2. */
double cvr_deep_loss_of(cvr_deep_loss loss, cvr_mat F, cvr_mat Y);

/* Z holds V: z = argmin loss(z, y) + b |z - v|^2. */
void cvr_deep_prox(cvr_deep_loss loss, cvr_mat Z, cvr_mat Y, double b);

/* With U = lambda / (2 b):  z = argmin loss(z) + <lambda, z - m> + b |z - m|^2,
   u += z - m (unless there is no multiplier); T = what the other steps take for z: z + u
   with the u from before (full), or z. All rows x outputs; T may be Z when it is not
   needed. */
void cvr_deep_top(cvr_deep_loss loss, cvr_deep_multiplier multiplier, double b, cvr_mat Z,
                  cvr_mat T, cvr_mat U, cvr_mat M, cvr_mat Y);

#endif
