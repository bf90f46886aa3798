#include "convex/axes.h"

#include "base/random.h"
#include "linalg/ops.h"

void cvr_draw_axes(uint64_t seed, char kind, int64_t j, cvr_mat h)
{
    int64_t F = h.rows;
    cvr_fill(h, 0);
    for (int64_t k = 0; kind == 'a' && k < F; k++)
        cvr_set(h, k, 0, cvr_random_gauss(seed, CVR_FOR_GATES, j, k));
    if (kind == 'a')
        return;
    int64_t a = cvr_random_below(seed, CVR_FOR_ANCHORS, j, 1, F), b = a;
    double x = cvr_random_gauss(seed, CVR_FOR_GATES, j, 0);
    cvr_set(h, a, 0, kind == '2' ? x : x > 0 ? 1 : -1);
    if (kind == '1' || F < 2)
        return;
    b = (a + 1 + cvr_random_below(seed, CVR_FOR_ANCHORS, j, 2, F - 1)) % F;
    cvr_set(h, b, 0, cvr_random_gauss(seed, CVR_FOR_GATES, j, 1));
}
