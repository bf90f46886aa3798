/* The outputs z_L and their multiplier lambda, kept as U = lambda / (2 b):

       z = argmin c l(z, y) + <lambda, z - m> + b |z - m|^2,   lambda += 2 b (z - m)

   With v = m - u the other terms are b |z - v|^2 - b |u|^2: so z is the loss's
   proximal step at v, and u += z - m. */
#ifndef CVR_DEEP_TOP_H
#define CVR_DEEP_TOP_H

#include "model/loss.h"

typedef enum cvr_deep_multiplier {
    CVR_MULTIPLIER_FULL,  /* <lambda, z_L - a_{L-1} V_L> in every step */
    CVR_MULTIPLIER_PAPER, /* <lambda, z_L>: in the step of z_L only */
    CVR_MULTIPLIER_NONE
} cvr_deep_multiplier;

typedef struct cvr_deep_top {
    const cvr_loss *loss;
    double c, b;                    /* c = 2 makes |z - y|^2 of the squared loss */
    cvr_deep_multiplier multiplier; /* of this iteration */
} cvr_deep_top;

/* c sum omega l(f, y) over rows; omega: rows x 1, no memory: 1 each. */
double cvr_deep_loss(const cvr_deep_top *top, cvr_mat F, cvr_mat Y, cvr_mat omega);

/* z and u; T = what the other steps take for z: z + u with the u from before (full), or
   z. All rows x outputs; T may be Z when it is not needed. */
void cvr_deep_top_step(const cvr_deep_top *top, cvr_mat Z, cvr_mat T, cvr_mat U,
                       cvr_mat M, cvr_mat Y);

#endif
