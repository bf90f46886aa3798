/* Gates beside a random training row x_r, three kinds in turn (axes.h), each followed by
   its other side:

       h = +-(g, -g'x_r),   g ~ N(0, I);   g = +-e_a;   g = two coordinates

   With both sides of every gate F F' is (X X') o (1 + S S' / P) / 2 up to a factor, S the
   sides +-1: what --kernel mix has. */
#include "base/bytes.h"
#include "base/random.h"
#include "convex/axes.h"
#include "convex/gate_kind.h"
#include "linalg/ops.h"
#include "solver/features.h"

static cvr_status draw(const cvr_sampler *s, cvr_mat H, int64_t first)
{
    static const char kinds[] = "a12";
    const cvr_problem *q = s->problem;
    int64_t *index = NULL, F = s->d - s->thresholds;
    cvr_mat rows = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_sampler_rows(s, H.cols, &index, H, &rows));
    cvr_fill(H, 0);
    for (int64_t j = 0; j < H.cols; j++) {
        int64_t pair = (first + j) / 2;
        index[j] = cvr_random_below(q->seed, CVR_FOR_ANCHORS, pair, 0, q->rows);
        cvr_draw_axes(q->seed, kinds[pair % 3], pair, cvr_mat_part(H, 0, j, F, 1));
    }
    CVR_TRY(cvr_features_fetch(q, index, rows));
    for (int64_t j = 0; j < H.cols; j++) {
        cvr_mat h = cvr_mat_cols(H, j, 1);
        if (s->thresholds)
            cvr_set(h, F, 0, -cvr_dot(h, cvr_mat_cols(rows, j, 1)));
        cvr_scale(h, (first + j) % 2 ? -1 : 1);
    }
done:
    cvr_mat_free(&rows);
    cvr_release(index);
    return status;
}

const cvr_gate_kind cvr_gate_mix = {.draw = draw};
