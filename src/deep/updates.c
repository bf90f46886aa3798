/* Closed forms at the top layer. With u = lambda / (2 b) and v = m - u,

       <lambda, z - m> + b |z - m|^2 = b |z - v|^2 - b |u|^2

   so z_L is a proximal step at v, and lambda += 2 b (z - m) is u += z - m. The loss is
   |z - y|^2 (squared: z = (y + b v) / (1 + b)), the hinge of mat.h entry by entry, or
   softmax cross entropy by rows. */
#include "deep/updates.h"

double cvr_deep_loss_of(cvr_deep_loss loss, cvr_mat F, cvr_mat Y)
{
    if (loss == CVR_HINGE)
        return cvr_hinge_loss(F, Y);
    return loss == CVR_SQUARED ? cvr_distance2(F, Y) : cvr_softmax_loss(F, Y);
}

void cvr_deep_prox(cvr_deep_loss loss, cvr_mat Z, cvr_mat Y, double b)
{
    if (loss == CVR_HINGE)
        cvr_hinge_prox(Z, Y, 1 / (2 * b));
    else if (loss == CVR_SQUARED)
        cvr_axpby(Z, 1 / (1 + b), Y, b / (1 + b));
    else
        cvr_softmax_prox(Z, Y, b);
}

void cvr_deep_top(cvr_deep_loss loss, cvr_deep_multiplier multiplier, double b, cvr_mat Z,
                  cvr_mat T, cvr_mat U, cvr_mat M, cvr_mat Y)
{
    cvr_copy(Z, M);
    cvr_axpby(Z, -1, U, 1);
    cvr_deep_prox(loss, Z, Y, b);
    cvr_copy(T, Z);
    if (multiplier == CVR_MULTIPLIER_FULL)
        cvr_axpby(T, 1, U, 1);
    if (multiplier != CVR_MULTIPLIER_NONE) {
        cvr_axpby(U, 1, Z, 1);
        cvr_axpby(U, -1, M, 1);
    }
}
