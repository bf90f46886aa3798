/* The step of the top layer. */
#include "deep/top.h"

#include "linalg/mats.h"

double cvr_deep_loss(const cvr_deep_top *top, cvr_mat F, cvr_mat Y, cvr_mat omega)
{
    double sum = 0;
    if (!omega.data)
        return top->c * top->loss->value(F, Y);
    for (int64_t i = 0; i < F.rows; i++)
        sum += cvr_get(omega, i, 0) *
               top->loss->value(cvr_mat_rows(F, i, 1), cvr_mat_rows(Y, i, 1));
    return top->c * sum;
}

void cvr_deep_top_step(const cvr_deep_top *top, cvr_mat Z, cvr_mat T, cvr_mat U,
                       cvr_mat M, cvr_mat Y)
{
    cvr_copy(Z, M);
    cvr_axpby(Z, -1, U, 1);
    top->loss->prox(Z, Y, 2 * top->b / top->c);
    cvr_copy(T, Z);
    if (top->multiplier == CVR_MULTIPLIER_FULL)
        cvr_axpby(T, 1, U, 1);
    if (top->multiplier != CVR_MULTIPLIER_NONE) {
        cvr_axpby(U, 1, Z, 1);
        cvr_axpby(U, -1, M, 1);
    }
}
