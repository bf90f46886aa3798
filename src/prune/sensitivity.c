/* How much the outputs of the network depend on the units of a layer: from the outputs,
   where t = 1, down,

       t_c^2 = sum_o t_o^2 w_oc^2. */
#include "prune/sensitivity.h"

#include <math.h>

#include "linalg/mats.h"
#include "linalg/ops.h"

/* t = powers of 2 near it, none below 1/1024 of the largest; 1 when all are 0. */
static void round_off(cvr_mat t)
{
    double most = cvr_max_abs(t);
    for (int64_t c = 0; c < t.rows; c++) {
        double size = most > 0 ? fmax(cvr_get(t, c, 0), most / 1024) : 1;
        cvr_set(t, c, 0, exp2(fmin(fmax(round(log2(size)), -60), 60)));
    }
}

cvr_status cvr_prune_sensitivity(const cvr_model *m, int i, cvr_mat t)
{
    cvr_mat W = {0}, above = {0}, below = {0};
    cvr_status status = CVR_OK;
    for (int l = m->depth - 1; l > i; l--) {
        cvr_mat next = m->layers[l].W;
        CVR_TRY(cvr_mat_new(next.device, next.type, next.rows, next.cols, &W));
        CVR_TRY(cvr_mat_new(next.device, next.type, next.cols, 1, &below));
        cvr_copy(W, next);
        if (above.device)
            cvr_scale_rows(W, above);
        cvr_col_norms(below, W);
        round_off(below);
        CVR_MATS_FREE(&W, &above);
        above = below;
        below = (cvr_mat){0};
    }
    if (above.device)
        cvr_copy(t, above);
    else
        cvr_fill(t, 1);
done:
    CVR_MATS_FREE(&W, &above, &below);
    return status;
}
