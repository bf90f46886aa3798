/* A column of numbers on the device, and its copy. */
#include "solver/figures.h"

#include "linalg/mats.h"

cvr_status cvr_figures_lay_out(cvr_figures **f, int64_t most, cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lay_array(w, (void **)f, 1, sizeof **f));
    CVR_TRY(cvr_lay_array(w, (void **)&(*f)->x, most, sizeof *(*f)->x));
    CVR_LAY_DOUBLE(w, most, 1, &(*f)->s);
done:
    return status;
}

double *cvr_figures_place(cvr_figures *f, int64_t count, cvr_mat *s)
{
    double *x = f->x + f->taken;
    CVR_ASSERT(count <= f->s.rows - f->taken);
    *s = cvr_mat_rows(f->s, f->taken, count);
    f->taken += count;
    return x;
}

cvr_mat cvr_figures_one(cvr_figures *f, const double **x)
{
    cvr_mat s;
    *x = cvr_figures_place(f, 1, &s);
    return s;
}

void cvr_figures_read(cvr_figures *f, int64_t first)
{
    int64_t count = f->taken - first;
    if (count > 0)
        cvr_mat_numbers(cvr_mat_rows(f->s, first, count), f->x + first);
    f->taken = first;
}
