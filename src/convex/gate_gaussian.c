/* h ~ N(0, I) (Pilanci and Ergen 2020). */
#include "base/random.h"
#include "convex/gate_kind.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

static cvr_status draw(const cvr_sampler *s, cvr_mat H, int64_t first)
{
    const cvr_problem *q = s->problem;
    cvr_mat rows = {0}; /* a row a gate, so that the row index is the gate's */
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(q->comm,
                                 cvr_mat_new(H.device, H.type, H.cols, s->d, &rows)));
    cvr_random_normal(rows, q->seed, CVR_FOR_GATES, first);
    cvr_transpose(H, rows);
done:
    cvr_mat_free(&rows);
    return status;
}

static void draw_again(const cvr_sampler *s, cvr_mat h, int64_t j, int64_t stream)
{
    (void)j;
    for (int64_t k = 0; k < s->d; k++)
        cvr_set(h, k, 0, cvr_random_gauss(s->problem->seed, CVR_FOR_GATES, stream, k));
}

const cvr_gate_kind cvr_gate_gaussian = {.draw = draw, .draw_again = draw_again};
