#include "convex/sides.h"

#include "linalg/mats.h"

cvr_status cvr_sides_find(cvr_program *p)
{
    cvr_mat T = cvr_mat_cols(p->T, 0, 2 * p->P), others = cvr_mat_cols(T, p->P, p->P);
    cvr_status status = CVR_OK;
    cvr_copy(cvr_mat_cols(T, 0, p->P), p->D);
    cvr_fill(others, 1);
    cvr_axpby(others, -1, p->D, 1);
    if (p->weighted) /* as parts of omega, not of its root */
        cvr_scale_rows(T, p->each);
    CVR_TRY(cvr_apply_adjoint(p, p->sides, T));
    CVR_TRY(cvr_verify_adjoint(&p->verifier, "the sides of patterns", p->sides, T));
    cvr_mat_numbers(cvr_mat_part(p->sides, p->w, 0, 1, 2 * p->P), p->side_rows);
    for (int64_t j = 0; j < 2 * p->P; j++) {
        double rows = p->side_rows[j];
        cvr_scale(cvr_mat_cols(p->sides, j, 1), rows > 0 ? 1 / rows : 0);
    }
done:
    return status;
}

/* b_j -= s_j times the side of its sign, s the last row: all where B is. */
void cvr_sides_close(const cvr_program *p, cvr_mat B)
{
    int64_t before = p->figures->taken;
    cvr_mat others, active, last = cvr_mat_part(B, p->w, 0, 1, p->m);
    (void)cvr_figures_place(p->figures, p->m, &others);
    (void)cvr_figures_place(p->figures, p->m, &active);
    p->figures->taken = before;
    cvr_copy(cvr_mat_reshape(others, 1, p->m), last);
    cvr_axpby(active, -1, others, 0);
    cvr_relu(active);
    cvr_relu(others);
    cvr_scale(others, -1);
    cvr_add_scaled_cols(B, active, cvr_mat_cols(p->sides, 0, p->P));
    cvr_add_scaled_cols(B, others, cvr_mat_cols(p->sides, p->P, p->P));
    cvr_fill(last, 0);
}

bool cvr_sides_whole(const cvr_program *p, int64_t i)
{
    return !(p->side_rows[p->P + i] > 0);
}
