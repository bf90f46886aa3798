/* Norms of groups, all with one wait for the device. */
#include "convex/norms.h"

#include <math.h>

#include "convex/ops.h"
#include "convex/sides.h"
#include "linalg/mats.h"
#include "linalg/ops.h"

/* Rows 0 .. w - 1 of one sign. */
static cvr_mat penalised(const cvr_program *p, cvr_mat A, int sign)
{
    int64_t half = p->C * p->P;
    return cvr_mat_part(A, 0, sign * half, p->w, half);
}

/* Norms of rows, over all columns. */
static const double *place_rows(const cvr_program *p, cvr_mat A)
{
    cvr_mat s;
    const double *norms = cvr_figures_place(p->figures, p->w, &s);
    for (int64_t k = 0; k < p->w; k++) {
        cvr_mat row = cvr_mat_part(A, k, 0, 1, p->m);
        cvr_set(s, k, 0, sqrt(cvr_dot(row, row)));
    }
    return norms;
}

static int64_t count(const cvr_program *p)
{
    return p->by_feature ? p->w : p->signs * p->groups;
}

/* Groups of a sign that --outer leaves out are none. */
static bool counts(const cvr_program *p, int64_t group)
{
    return p->outer == CVR_OUTER_ANY ||
           (group < p->groups) == (p->outer == CVR_OUTER_POSITIVE);
}

const double *cvr_group_norms_place(const cvr_program *p, cvr_mat A)
{
    const double *norms = NULL;
    if (p->by_feature)
        return place_rows(p, A);
    for (int sign = 0; sign < p->signs; sign++) {
        cvr_mat s;
        const double *x = cvr_figures_place(p->figures, p->groups, &s);
        norms = sign == 0 ? x : norms;
        cvr_put_group_norms(s, penalised(p, A, sign), p->groups);
    }
    return norms;
}

double cvr_group_norms_sum(const cvr_program *p, const double *norms)
{
    double sum = 0;
    for (int64_t i = 0; i < count(p); i++)
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

double cvr_threshold_square(const cvr_program *p, cvr_mat B)
{
    double sum = 0;
    for (int sign = 0; sign < p->signs && p->w < p->d; sign++) {
        cvr_mat row = cvr_mat_rows(cvr_half(p, B, sign), p->w, p->d - p->w);
        if (counts(p, sign * p->groups))
            sum += cvr_dot(row, row);
    }
    return sum;
}

double cvr_elastic_square(const cvr_program *p, const double *norms, double t)
{
    double sum = 0;
    for (int64_t i = 0; i < count(p); i++)
        if (counts(p, i)) {
            double above = fmax(0, t * norms[i] - p->beta);
            sum += isnan(norms[i]) ? NAN : above * above;
        }
    return sum;
}

double cvr_dual_size_of(const cvr_program *p, const double *norms)
{
    double largest = 0;
    for (int64_t i = 0; i < count(p); i++) {
        if (!counts(p, i))
            continue;
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
