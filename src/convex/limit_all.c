/* All rows by one eigendecomposition: every penalty is at hand. */
#include "convex/limit_state.h"
#include "linalg/mats.h"

static cvr_status start(cvr_limit *s)
{
    cvr_mat_free(&s->machine.Z);
    s->machine.Z = s->rows.X;
    s->rows.X = (cvr_mat){0};
    s->alpha = s->press.alpha;
    s->b = s->press.b;
    return CVR_OK;
}

static cvr_status solve(cvr_limit *s)
{
    s->criterion = cvr_press_solve(&s->press, s->mu);
    return CVR_OK;
}

static cvr_status left_out(cvr_limit *s, cvr_mat *F, cvr_mat *Y, cvr_mat *omega)
{
    cvr_mat E = s->press.E;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(E, E.rows, E.cols, F, Y));
    CVR_TRY(CVR_MATS_NEW(E, E.rows, 1, omega));
    cvr_copy(*Y, s->rows.Y);
    cvr_copy(*F, *Y);
    cvr_axpby(*F, -1, E, 1);
    cvr_copy(*omega, s->rows.omega);
done:
    return status;
}

static cvr_status values(cvr_limit *s, double *objective, double *lower)
{
    return cvr_press_values(&s->press, s->rows.Y, s->mu, objective, lower);
}

const cvr_limit_way cvr_limit_all = {
    .name = "", .start = start, .solve = solve, .left_out = left_out, .values = values};
