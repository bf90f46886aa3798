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
    for (int64_t j = 0; j < 2 * p->P; j++) { /* the last row counts */
        double rows = cvr_get(p->sides, p->w, j);
        cvr_scale(cvr_mat_cols(p->sides, j, 1), rows > 0 ? 1 / rows : 0);
    }
done:
    return status;
}

void cvr_sides_close(const cvr_program *p, cvr_mat B)
{
    for (int64_t j = 0; j < p->m; j++) {
        double s = cvr_get(B, p->w, j);
        cvr_axpby(cvr_mat_cols(B, j, 1), -s, side(p, j % p->P, s < 0), 1);
        cvr_set(B, p->w, j, 0);
    }
}

bool cvr_sides_whole(const cvr_program *p, int64_t i)
{
    return cvr_get(side(p, i, false), p->w, 0) == 0;
}
