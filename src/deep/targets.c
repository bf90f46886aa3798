/* Labels and values as the loss takes them. */
#include "deep/targets.h"

static bool classes(const cvr_deep_targets *t)
{
    return t->problem->train->task == CVR_CLASSIFY;
}

void cvr_deep_targets_pose(cvr_deep_targets *t, const cvr_problem *problem,
                           const cvr_loss *loss)
{
    const cvr_transform *transform = &problem->train->transform;
    *t = (cvr_deep_targets){
        .problem = problem, .loss = loss, .Y = problem->Y, .square = 1};
    t->halves = classes(t) && t->Y.cols == 1 && loss->targets != CVR_TARGETS_VALUES;
    t->own = loss == &cvr_loss_squared && transform->bias == CVR_BIAS_FREE &&
             transform->normalize != CVR_NORMALIZE_NONE;
    t->Y.cols += t->halves && loss->targets == CVR_TARGETS_ONE_HOT;
}

cvr_status cvr_deep_targets_lay_out(cvr_deep_targets *t, cvr_workspace *w)
{
    int64_t rows = t->problem->Y.rows, outputs = t->problem->Y.cols;
    if (t->halves || t->own)
        CVR_LAY_SCRATCH(w, rows, t->Y.cols, &t->Y);
    CVR_LAY_SCRATCH(w, t->Y.cols, outputs, &t->R);
    CVR_LAY_SCRATCH(w, outputs, 1, &t->shift);
    return cvr_units_lay_out(&t->units, w, outputs);
}

/* Labels 0 and 1 of one output, or one-hot of two. */
static void halve(cvr_deep_targets *t)
{
    bool pair = t->Y.cols == 2;
    cvr_fill(t->Y, 0.5);
    cvr_fill(t->shift, pair ? 0 : -1);
    for (int64_t c = 0; c < t->Y.cols; c++) {
        double sign = pair && c == 0 ? -1 : 1;
        cvr_axpby(cvr_mat_cols(t->Y, c, 1), sign / 2, t->problem->Y, 1);
        cvr_set(t->R, c, 0, pair ? sign : 2);
    }
}

/* y' = (y - m) / s, in double. Collective. */
static cvr_status take_units(cvr_deep_targets *t)
{
    cvr_mat Y = t->problem->Y;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_units_measure(t->problem, true, &t->units));
    double unit = classes(t) ? 1 : cvr_units_common(&t->units);
    for (int64_t c = 0; c < Y.cols; c++) {
        cvr_set(t->shift, c, 0, t->units.mean[c]);
        for (int64_t i = 0; i < Y.rows; i++)
            cvr_set(t->Y, i, c, (cvr_get(Y, i, c) - t->units.mean[c]) / unit);
    }
    cvr_scale(t->R, unit);
    t->square = unit * unit;
done:
    return status;
}

cvr_status cvr_deep_targets_start(cvr_deep_targets *t)
{
    if (!t->halves && !t->own)
        t->Y = t->problem->Y;
    if (t->halves)
        halve(t);
    else
        cvr_add_diag(t->R, 1);
    return t->own ? take_units(t) : CVR_OK;
}

void cvr_deep_targets_read(const cvr_deep_targets *t, cvr_mat Z, cvr_mat F)
{
    cvr_gemm(F, 1, CVR_N, Z, CVR_N, t->R, 0);
    cvr_add_row(F, t->shift);
}
