/* Norms of groups, all with one wait for the device. */
#include "convex/norms.h"

#include <math.h>

#include "convex/ops.h"
#include "convex/sides.h"
#include "linalg/ops.h"

/* Rows 0 .. w - 1 of one sign. */
static cvr_mat penalised(const cvr_program *p, cvr_mat A, int sign)
{
    int64_t half = p->C * p->P;
    return cvr_mat_part(A, 0, sign * half, p->w, half);
}

const double *cvr_group_norms_place(const cvr_program *p, cvr_mat A)
{
    const double *norms = NULL;
    for (int sign = 0; sign < p->signs; sign++) {
        cvr_mat s;
        const double *x = cvr_figures_place(p->figures, p->P, &s);
        norms = sign == 0 ? x : norms;
        cvr_put_group_norms(s, penalised(p, A, sign), p->P);
    }
    return norms;
}

double cvr_group_norms_sum(const cvr_program *p, const double *norms)
{
    double sum = 0;
    for (int64_t i = 0; i < p->signs * p->P; i++)
        sum += norms[i];
    return sum;
}

double cvr_group_sum(const cvr_program *p, cvr_mat A)
{
    int64_t before = p->figures->taken;
    const double *norms = cvr_group_norms_place(p, A);
    cvr_figures_read(p->figures, before);
    return cvr_group_norms_sum(p, norms);
}

const double *cvr_dual_size_place(const cvr_program *p, cvr_mat B)
{
    if (p->w < p->d)
        cvr_sides_close(p, B);
    return cvr_group_norms_place(p, B);
}

double cvr_dual_size_of(const cvr_program *p, const double *norms)
{
    double largest = 0;
    for (int64_t i = 0; i < p->signs * p->P; i++) {
        if (isnan(norms[i]))
            return norms[i];
        largest = fmax(largest, norms[i]);
    }
    return largest;
}

double cvr_dual_size(const cvr_program *p, cvr_mat B)
{
    int64_t before = p->figures->taken;
    const double *norms = cvr_dual_size_place(p, B);
    cvr_figures_read(p->figures, before);
    return cvr_dual_size_of(p, norms);
}
