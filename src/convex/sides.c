#include "convex/sides.h"

#include "linalg/mats.h"

/* The column of pattern i on one side. */
static cvr_mat side(const cvr_program *p, int64_t i, bool active)
{
    return cvr_mat_cols(p->sides, active ? i : p->P + i, 1);
}

cvr_status cvr_sides_find(cvr_program *p)
{
    cvr_mat T = cvr_mat_cols(p->T, 0, 2 * p->P), others = cvr_mat_cols(T, p->P, p->P);
    cvr_status status = CVR_OK;
    cvr_copy(cvr_mat_cols(T, 0, p->P), p->D);
    cvr_fill(others, 1);
    cvr_axpby(others, -1, p->D, 1);
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

void cvr_sides_close(const cvr_program *p, cvr_mat B)
{
    int64_t before = p->figures->taken;
    cvr_mat sums, last = cvr_mat_part(B, p->w, 0, 1, p->m);
    const double *sum = cvr_figures_place(p->figures, p->m, &sums);
    cvr_copy(cvr_mat_reshape(sums, 1, p->m), last);
    cvr_figures_read(p->figures, before);
    for (int64_t j = 0; j < p->m; j++) {
        double s = sum[j];
        cvr_axpby(cvr_mat_cols(B, j, 1), -s, side(p, j % p->P, s < 0), 1);
    }
    cvr_fill(last, 0);
}

bool cvr_sides_whole(const cvr_program *p, int64_t i)
{
    return !(p->side_rows[p->P + i] > 0);
}
