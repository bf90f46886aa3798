/* Norms of groups, also where squares leave the range of numbers, and what thresholds add
   to those of a dual point. */
#include "convex/norms.h"

#include <float.h>
#include <math.h>

#include "base/bytes.h"
#include "linalg/rows.h"

/* Column c of group i of one sign, the rows that count. */
static cvr_mat member(const cvr_program *p, cvr_mat A, int sign, int64_t i, int64_t c)
{
    return cvr_mat_part(A, 0, (sign * p->C + c) * p->P + i, p->w, 1);
}

/* sum of squares in units of `most`, an entry at a time: where they are out of range. */
static double scaled_square(cvr_mat a, double most)
{
    double sum = 0;
    for (int64_t k = 0; k < a.rows; k++) {
        double x = cvr_get(a, k, 0) / most;
        sum += x * x;
    }
    return sum;
}

double cvr_group_size(const cvr_program *p, cvr_mat A, int sign, int64_t i)
{
    const double low = DBL_MIN / DBL_EPSILON;
    double size2 = 0, most = 0, scaled = 0;
    for (int64_t c = 0; c < p->C; c++) {
        cvr_mat a = member(p, A, sign, i, c);
        size2 += cvr_dot(a, a);
    }
    if (size2 >= low && size2 <= DBL_MAX)
        return sqrt(size2);
    for (int64_t c = 0; c < p->C; c++)
        most = fmax(most, cvr_max_abs(member(p, A, sign, i, c)));
    if (isnan(size2) || most == 0 || isinf(most))
        return isnan(size2) ? NAN : most;
    for (int64_t c = 0; c < p->C; c++)
        scaled += scaled_square(member(p, A, sign, i, c), most);
    return most * sqrt(scaled);
}

double cvr_group_sum(const cvr_program *p, cvr_mat A)
{
    double sum = 0;
    for (int sign = 0; sign < p->signs; sign++)
        for (int64_t i = 0; i < p->P; i++)
            sum += cvr_group_size(p, A, sign, i);
    return sum;
}

/* |s_i|: the last row of group i of one sign. */
static double threshold_size(const cvr_program *p, cvr_mat A, int sign, int64_t i)
{
    double size = 0;
    for (int64_t c = 0; c < p->C; c++)
        size = hypot(size, cvr_get(A, p->w, (sign * p->C + c) * p->P + i));
    return size;
}

double cvr_dual_size(const cvr_program *p, cvr_mat B)
{
    double largest = 0;
    for (int sign = 0; sign < p->signs; sign++)
        for (int64_t i = 0; i < p->P; i++) {
            double size = cvr_group_size(p, B, sign, i);
            if (p->w < p->d && isfinite(p->reach[i]))
                size += p->reach[i] * threshold_size(p, B, sign, i);
            if (!(size <= largest)) /* NaN stays */
                largest = size;
            if (isnan(largest))
                return NAN;
        }
    return largest;
}

/* The shortest row of each side of pattern i: *on, *off. */
static void shortest(const cvr_program *p, cvr_mat sizes, int64_t i, double *on,
                     double *off)
{
    for (int64_t j = 0; j < p->n; j++) {
        double size = cvr_get(sizes, j, 0);
        double *least = cvr_get(p->D, j, i) > 0 ? on : off;
        *least = fmin(*least, size);
    }
}

cvr_status cvr_reach_find(cvr_program *p)
{
    cvr_mat sizes = {0}, X = cvr_mat_cols(p->X, 0, p->w);
    double *least = NULL; /* active and others, negative */
    cvr_status status = CVR_OK;
    status = cvr_mat_new(p->X.on, p->X.type, p->n, 1, &sizes);
    if (status == CVR_OK)
        status = cvr_row_lengths(sizes, X);
    if (status == CVR_OK)
        status = cvr_alloc(2 * p->P, sizeof *least, "sides of patterns", (void **)&least);
    if (status == CVR_OK)
        status = cvr_alloc(p->P, sizeof *p->reach, "thresholds", (void **)&p->reach);
    CVR_TRY(cvr_agree(p->comm, status));
    for (int64_t i = 0; i < p->P; i++) {
        double on = INFINITY, off = INFINITY;
        shortest(p, sizes, i, &on, &off);
        least[2 * i] = -on;
        least[2 * i + 1] = -off;
    }
    CVR_TRY(cvr_max_scalars(p->comm, least, (int)(2 * p->P)));
    for (int64_t i = 0; i < p->P; i++)
        p->reach[i] = fmax(-least[2 * i], -least[2 * i + 1]);
done:
    cvr_release(least);
    cvr_mat_free(&sizes);
    return status;
}
