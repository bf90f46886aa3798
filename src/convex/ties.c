/* Thresholds between the values of the data, never on one. */
#include "convex/ties.h"

#include <float.h>
#include <math.h>

#include "base/bytes.h"
#include "convex/ops.h"
#include "linalg/mats.h"
#include "linalg/rows.h"
#include "solver/features.h"

/* Products of |h| and |x| differ by some units of rounding from one order of additions to
   another: more than this many units apart is another value. */
enum { UNITS = 16 };

static cvr_status take(const cvr_problem *problem, cvr_mat rows, int64_t k, cvr_ties *t)
{
    cvr_mat X = rows.data ? rows : problem->X;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, 1, &t->r));
    CVR_TRY(cvr_mat_new(X.device, X.type, k, 2, &t->B));
    CVR_TRY(cvr_mat_new(X.device, X.type, 3, k, &t->N));
    CVR_TRY(cvr_alloc(3 * k, sizeof *t->near, "rows near gates", (void **)&t->near));
    t->on = t->near + 2 * k;
    CVR_TRY(rows.data ? cvr_row_lengths(t->r, rows)
                      : cvr_features_lengths(problem, t->r));
done:
    return status;
}

cvr_status cvr_ties_new(const cvr_problem *problem, cvr_mat X, int64_t k, cvr_ties *t)
{
    cvr_status status = CVR_OK;
    *t = (cvr_ties){.comm = problem->comm};
    CVR_TRY(cvr_allreduce_status(t->comm, take(problem, X, k, t)));
    t->largest = cvr_max_abs(t->r);
    CVR_TRY(cvr_allreduce_max(t->comm, &t->largest, 1));
done:
    return status;
}

void cvr_ties_free(cvr_ties *t)
{
    CVR_MATS_FREE(&t->r, &t->B, &t->N);
    cvr_release(t->near);
    *t = (cvr_ties){0};
}

/* near and on from N, over all processes: the largest z below is minus a distance. */
static cvr_status share_nearest(cvr_ties *t, int64_t k)
{
    cvr_status status = CVR_OK;
    for (int64_t j = 0; j < k; j++) {
        t->near[2 * j] = cvr_get(t->N, 0, j);
        t->near[2 * j + 1] = cvr_get(t->N, 1, j);
        t->on[j] = cvr_get(t->N, 2, j);
    }
    CVR_TRY(cvr_allreduce_max(t->comm, t->near, (int)(2 * k)));
    CVR_TRY(cvr_allreduce_sum(t->comm, t->on, (int)k));
    for (int64_t j = 0; j < 2 * k; j++)
        t->near[j] = -t->near[j];
done:
    return status;
}

cvr_status cvr_ties_find(cvr_ties *t, cvr_mat Z, cvr_mat h, cvr_mat g)
{
    cvr_mat B = cvr_mat_rows(t->B, 0, Z.cols), N = cvr_mat_cols(t->N, 0, Z.cols);
    double unit = Z.type == CVR_SINGLE ? FLT_EPSILON : DBL_EPSILON;
    cvr_fill(B, 0);
    cvr_col_norms(cvr_mat_cols(B, 0, 1), h);
    if (g.rows > 0)
        cvr_col_norms(cvr_mat_cols(B, 1, 1), g);
    cvr_gate_ties(N, Z, t->r, B, UNITS * unit);
    return share_nearest(t, Z.cols);
}

/* Where threshold j goes. Below, so that rows on the boundary stay active, as with
   h'x + g >= 0; where all rows are on it, by the size of the products. */
static double moved(const cvr_ties *t, int64_t j, double g)
{
    enum { DIGITS = 20 };
    double below = t->near[2 * j], above = t->near[2 * j + 1];
    double all = t->largest * cvr_get(t->B, j, 0) + fabs(g);
    double move = isfinite(below) ? below / 2 : isfinite(above) ? -above / 2 : all;
    double unit = ldexp(1, ilogb(move) - DIGITS);
    return nearbyint((g + move) / unit) * unit;
}

cvr_status cvr_ties_part(cvr_ties *t, cvr_mat Z, cvr_mat h, cvr_mat g)
{
    enum { ROUNDS = 4 }; /* in single precision the next row may be within rounding too */
    bool tied = true;
    cvr_status status = CVR_OK;
    for (int round = 0; round < ROUNDS && tied; round++) {
        tied = false;
        CVR_TRY(cvr_ties_find(t, Z, h, g));
        for (int64_t j = 0; j < Z.cols; j++) {
            double old = cvr_get(g, 0, j);
            if (!(t->on[j] > 0))
                continue;
            tied = true;
            cvr_set(g, 0, j, moved(t, j, old));
            cvr_set(t->B, j, 0, cvr_get(g, 0, j) - old);
            cvr_add_row(cvr_mat_cols(Z, j, 1), cvr_mat_part(t->B, j, 0, 1, 1));
        }
    }
done:
    return status;
}
