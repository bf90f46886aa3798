/* The plane halfway between two rows a, b of different classes:

       h = (x_a - x_b, -(|x_a|^2 - |x_b|^2) / 2),   the threshold last, if there is one */
#include "base/bytes.h"
#include "base/random.h"
#include "convex/gate_kind.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "solver/features.h"

enum { LOOKS = 16 }; /* rows among which gate j finds its two */

/* Targets of rows index[0 .. B.cols - 1], as columns of B (C x B.cols), on every
   process. */
static cvr_status fetch_targets(const cvr_problem *q, const int64_t *index, cvr_mat B)
{
    cvr_fill(B, 0);
    for (int64_t j = 0; j < B.cols; j++) {
        int64_t own = index[j] - q->first;
        if (own >= 0 && own < q->Y.rows)
            cvr_transpose(cvr_mat_cols(B, j, 1),
                          cvr_mat_part(q->Y, own, 0, 1, q->Y.cols));
    }
    return cvr_allreduce(q->comm, B);
}

static cvr_status halfway(const cvr_sampler *s, cvr_mat H, const int64_t *a,
                          const int64_t *b)
{
    const cvr_problem *q = s->problem;
    cvr_mat B = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(q->comm, cvr_mat_new(H.device, H.type, s->d, H.cols, &B)));
    CVR_TRY(cvr_features_fetch(q, a, H));
    CVR_TRY(cvr_features_fetch(q, b, B));
    for (int64_t j = 0; j < H.cols; j++) {
        cvr_mat h = cvr_mat_cols(H, j, 1), other = cvr_mat_cols(B, j, 1);
        double offset = (cvr_dot(other, other) - cvr_dot(h, h)) / 2;
        cvr_axpby(h, -1, other, 1);
        if (s->thresholds)
            cvr_set(h, s->d - 1, 0, offset);
    }
done:
    cvr_mat_free(&B);
    return status;
}

/* Of LOOKS rows with targets Y, from column `at` on: the first whose target is not that
   of row 0, the last if there is none. */
static int64_t other_class(cvr_mat Y, int64_t at)
{
    int64_t k = 1;
    while (k < LOOKS - 1 &&
           cvr_distance2(cvr_mat_cols(Y, at, 1), cvr_mat_cols(Y, at + k, 1)) == 0)
        k++;
    return k;
}

/* Gate j looks at rows (j, 0), (j, 1), ... of its own stream until the class differs. */
static cvr_status draw(const cvr_sampler *s, cvr_mat H, int64_t first)
{
    const cvr_problem *q = s->problem;
    int64_t count = H.cols, *index = NULL;
    cvr_mat Y = {0},
            shape = {.type = q->Y.type, .rows = q->Y.cols, .cols = count * LOOKS};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_sampler_rows(s, count * (LOOKS + 2), &index, shape, &Y));
    int64_t *a = index + count * LOOKS, *b = a + count;
    for (int64_t j = 0; j < count * LOOKS; j++)
        index[j] = cvr_random_below(q->seed, CVR_FOR_GATES, first + j / LOOKS, j % LOOKS,
                                    q->rows);
    CVR_TRY(fetch_targets(q, index, Y));
    for (int64_t j = 0; j < count; j++) {
        a[j] = index[j * LOOKS];
        b[j] = index[j * LOOKS + other_class(Y, j * LOOKS)];
    }
    CVR_TRY(halfway(s, H, a, b));
done:
    cvr_mat_free(&Y);
    cvr_release(index);
    return status;
}

const cvr_gate_kind cvr_gate_pairs = {.draw = draw};
