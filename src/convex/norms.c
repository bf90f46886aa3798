/* Norms of groups, many with one wait for the device. */
#include "convex/norms.h"

#include <math.h>

#include "convex/sides.h"
#include "linalg/ops.h"

enum { AT_ONCE = 256 };

static int64_t some(int64_t left)
{
    return left < AT_ONCE ? left : AT_ONCE;
}

/* Rows 0 .. w - 1 of one sign. */
static cvr_mat penalised(const cvr_program *p, cvr_mat A, int sign)
{
    int64_t half = p->C * p->P;
    return cvr_mat_part(A, 0, sign * half, p->w, half);
}

double cvr_group_sum(const cvr_program *p, cvr_mat A)
{
    double size[AT_ONCE], sum = 0;
    for (int sign = 0; sign < p->signs; sign++)
        for (int64_t i = 0; i < p->P; i += AT_ONCE) {
            int64_t count = some(p->P - i);
            (void)cvr_group_norms(penalised(p, A, sign), p->P, i, count, size);
            for (int64_t k = 0; k < count; k++)
                sum += size[k];
        }
    return sum;
}

double cvr_dual_size(const cvr_program *p, cvr_mat B)
{
    double size[AT_ONCE], largest = 0;
    if (p->w < p->d)
        cvr_sides_close(p, B);
    for (int sign = 0; sign < p->signs; sign++)
        for (int64_t i = 0; i < p->P; i += AT_ONCE) {
            int64_t count = some(p->P - i);
            double most = cvr_group_norms(penalised(p, B, sign), p->P, i, count, size);
            if (isnan(most))
                return most;
            largest = fmax(largest, most);
        }
    return largest;
}
