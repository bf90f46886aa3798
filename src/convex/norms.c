/* Norms of groups, also where squares leave the range of numbers. */
#include "convex/sides.h"
#include "linalg/ops.h"

#include <float.h>
#include <math.h>

/* |A|, entry by entry in units of the largest where squares leave the range. */
static double norm(cvr_mat A)
{
    const double low = DBL_MIN / DBL_EPSILON;
    double size2 = cvr_dot(A, A), most, sum = 0;
    if (isnan(size2) || (size2 >= low && size2 <= DBL_MAX))
        return sqrt(size2);
    most = cvr_max_abs(A);
    if (most == 0 || isinf(most))
        return most;
    for (int64_t j = 0; j < A.cols; j++)
        for (int64_t i = 0; i < A.rows; i++) {
            double x = cvr_get(A, i, j) / most;
            sum += x * x;
        }
    return most * sqrt(sum);
}

double cvr_column_size(const cvr_program *p, cvr_mat A, int64_t j)
{
    return norm(cvr_mat_part(A, 0, j, p->w, 1));
}

/* The columns of the outputs are P apart. */
double cvr_group_size(const cvr_program *p, cvr_mat A, int sign, int64_t i)
{
    cvr_mat group = cvr_mat_part(A, 0, sign * p->C * p->P + i, p->w, 1);
    group.cols = p->C;
    group.ld = A.ld * p->P;
    return norm(group);
}

double cvr_group_sum(const cvr_program *p, cvr_mat A)
{
    double sum = 0;
    for (int sign = 0; sign < p->signs; sign++)
        for (int64_t i = 0; i < p->P; i++)
            sum += cvr_group_size(p, A, sign, i);
    return sum;
}

double cvr_dual_size(const cvr_program *p, cvr_mat B)
{
    double largest = 0;
    if (p->w < p->d)
        cvr_sides_close(p, B);
    for (int sign = 0; sign < p->signs; sign++)
        for (int64_t i = 0; i < p->P; i++) {
            double size = cvr_group_size(p, B, sign, i);
            if (isnan(size))
                return size;
            largest = fmax(largest, size);
        }
    return largest;
}
