/* A change of units: y = s y' + c makes u = s u', beta = s beta', objective s^2 times.

   s is a power of two, so nothing but exponents changes; c is each output's mean, which a
   free bias takes up whatever it is. So neither options nor results know of it, and
   targets of any size and mean are fitted as those near 1. */
#include "convex/units.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/ops.h"

/* Y / 2^k */
static void rescale(cvr_program *p, int k)
{
    cvr_scale(p->Y, ldexp(1, -(k / 2))); /* in halves: 2^k may leave single's range */
    cvr_scale(p->Y, ldexp(1, -(k - k / 2)));
    p->unit = ldexp(p->unit, k);
}

/* Rounding must not make a column vary that is constant: it becomes 0. */
static cvr_status zero_constants(cvr_program *p)
{
    double *range = NULL; /* greatest and, negative, least of each column */
    cvr_status status = CVR_OK;
    CVR_TRY(
        cvr_allreduce_status(p->comm, cvr_alloc(2 * p->C, sizeof *range,
                                                "ranges of targets", (void **)&range)));
    for (int64_t c = 0; c < p->C; c++) {
        cvr_mat y = cvr_mat_cols(p->Y, c, 1);
        range[2 * c + 1] = -cvr_min(y);
        cvr_scale(y, -1);
        range[2 * c] = -cvr_min(y);
        cvr_scale(y, -1);
    }
    CVR_TRY(cvr_allreduce_max(p->comm, range, (int)(2 * p->C)));
    for (int64_t c = 0; c < p->C; c++)
        if (range[2 * c] == -range[2 * c + 1]) {
            p->centre[c] = range[2 * c];
            cvr_fill(cvr_mat_cols(p->Y, c, 1), 0);
        }
done:
    cvr_release(range);
    return status;
}

static void weigh(const cvr_program *p)
{
    if (p->weighted)
        cvr_scale_rows(p->Y, p->each);
}

/* The second mean is what rounding left of the first. */
static cvr_status centre_targets(cvr_program *p)
{
    cvr_status status = CVR_OK;
    CVR_TRY(zero_constants(p));
    weigh(p);
    for (int round = 0; round < 2; round++) {
        CVR_TRY(cvr_centre(p, p->Y, p->sums));
        for (int64_t c = 0; c < p->C; c++)
            p->centre[c] += p->sums[c];
    }
    for (int64_t c = 0; c < p->C; c++)
        p->centre[c] *= p->unit;
done:
    return status;
}

cvr_status cvr_units_choose(cvr_program *p)
{
    const cvr_problem *q = p->problem;
    bool values = q->train->task == CVR_REGRESS;
    double most = cvr_max_abs(q->Y), count = p->total * (double)p->C, size;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_max(p->comm, &most, 1));
    cvr_copy(p->Y, q->Y);
    p->unit = 1;
    if (values && most > 0)
        rescale(p, ilogb(most));
    if (p->free)
        CVR_TRY(centre_targets(p));
    else
        weigh(p);
    size = cvr_dot(p->Y, p->Y);
    CVR_TRY(cvr_allreduce_sum(p->comm, &size, 1));
    if (values && size > 0)
        rescale(p, (int)lrint(log2(size / count) / 2));
    p->y2 = cvr_dot(p->Y, p->Y);
    CVR_TRY(cvr_allreduce_sum(p->comm, &p->y2, 1));
done:
    return status;
}

void cvr_in_user_units(const cvr_program *p, cvr_mat R)
{
    cvr_scale(R, p->unit);
    for (int64_t c = 0; c < R.cols && p->free; c++)
        cvr_axpby(cvr_mat_cols(R, c, 1), p->centre[c], p->each, 1);
    if (p->weighted)
        cvr_scale_rows(R, p->unroot);
}
