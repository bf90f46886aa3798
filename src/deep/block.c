/* The top of a block, and the pull of one layer on the layer below it. */
#include "deep/block.h"

#include "deep/forward.h"
#include "deep/ops.h"
#include "linalg/mats.h"

/* clang-format off */
const cvr_deep_defaults cvr_deep_refresh_defaults = {
    .name = "bregman-admm refresh", .top = {0.05, 0.15, 1}, .activation = 0.5, .weights = 0.2,
    .ridge = {0.03, 0.02, 0.01}, .halving = {20, 10, 20}, .warm = 2,
    .multiplier = CVR_MULTIPLIER_FULL, .init_scale = {0.15, 1}};
/* clang-format on */

void cvr_deep_top_block(const cvr_deep *s, cvr_deep_thread *t, cvr_mat T, int64_t first,
                        int64_t rows)
{
    cvr_mat Z = cvr_mat_rows(t->Z, 0, rows), M = cvr_mat_rows(s->F, first, rows);
    cvr_deep_top_step(&s->top, Z, T, cvr_mat_rows(s->U, first, rows), M,
                      cvr_mat_rows(s->targets.Y, first, rows));
    t->figures.primal2 += cvr_deep_distance2(t, first, Z, M);
    t->figures.size2 += cvr_deep_dot(t, first, Z, Z);
}

void cvr_deep_pull_z(cvr_mat Z, cvr_mat M, cvr_mat E, cvr_mat P,
                     const cvr_deep_layer *layer)
{
    for (int64_t j = 0, cols; j < Z.cols; j += cols) {
        cols = cvr_deep_strip(Z.cols, j, E.cols);
        cvr_mat part = cvr_mat_cols(Z, j, cols);
        cvr_gemm(part, 1, CVR_N, E, CVR_N, cvr_mat_cols(P, j, cols), 0);
        if (layer && layer->reach > 0)
            cvr_clamp(part, -layer->reach, layer->reach);
        if (layer)
            cvr_relu_pull(part, cvr_mat_cols(M, j, cols), layer->g, layer->b);
    }
}

void cvr_deep_pull(cvr_mat Z, cvr_mat E, cvr_mat P)
{
    cvr_deep_pull_z(Z, Z, E, P, NULL);
}
