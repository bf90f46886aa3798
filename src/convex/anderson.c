#include "convex/anderson.h"

#include <math.h>

#include "linalg/grown.h"
#include "parallel/comm.h"

enum { MEMORY = CVR_ANDERSON_MEMORY, BEGIN = 10 };

void cvr_anderson_lay_out(cvr_anderson *a, cvr_comm *comm, bool of_rows, int64_t rows,
                          int64_t cols, cvr_workspace *w)
{
    cvr_anderson_part *part = &a->part[a->parts];
    cvr_mark mark = of_rows ? CVR_ROWS : CVR_SHARED;
    a->comm = comm;
    part->rows = of_rows;
    cvr_workspace_push(w, "history", a->parts++);
    cvr_lay(w, mark, "f", &part->f, rows, cols);
    cvr_lay(w, mark, "y", &part->y, rows, cols);
    for (int k = 0; k < MEMORY; k++) {
        cvr_workspace_push(w, "difference", k);
        cvr_lay(w, mark, "F", &part->F[k], rows, cols);
        cvr_lay(w, mark, "Y", &part->Y[k], rows, cols);
        cvr_workspace_pop(w);
    }
    if (a->parts == 1) {
        cvr_lay_reals(w, "gram", &a->gram[0][0], MEMORY * MEMORY);
        cvr_lay_real(w, "size", &a->size);
        cvr_lay_count(w, "steps", &a->steps);
        cvr_lay_integer(w, "held", &a->held, 0, MEMORY);
        cvr_lay_integer(w, "next", &a->next, 0, MEMORY - 1);
        cvr_lay_switch(w, "begun", &a->begun);
        cvr_lay_switch(w, "extrapolated", &a->extrapolated);
    }
    cvr_workspace_pop(w);
}

void cvr_anderson_forget(cvr_anderson *a)
{
    a->held = a->next = 0;
    a->begun = a->extrapolated = false;
}

/* x[k] = <difference k, the given one>, and last |f|^2: over all parts. */
static cvr_status products(cvr_anderson *a, const cvr_mat *F, const double *weights,
                           double *x)
{
    double own[MEMORY + 1] = {0};
    bool several = false;
    cvr_status status = CVR_OK;
    for (int k = 0; k <= MEMORY; k++)
        x[k] = 0;
    for (int i = 0; i < a->parts; i++) {
        double *to = a->part[i].rows ? own : x;
        several = several || a->part[i].rows;
        for (int k = 0; k < a->held; k++)
            to[k] += weights[i] * cvr_dot(a->part[i].F[k], F[i]);
        to[MEMORY] += weights[i] * cvr_dot(F[i], F[i]);
    }
    if (several)
        CVR_TRY(cvr_allreduce_sum(a->comm, own, MEMORY + 1));
    for (int k = 0; k <= MEMORY; k++)
        x[k] += own[k];
done:
    return status;
}

/* The newest differences, in the place of the oldest. */
static cvr_status remember(cvr_anderson *a, const cvr_mat *Y, const cvr_mat *F,
                           const double *weights)
{
    cvr_mat newest[CVR_ANDERSON_PARTS];
    double x[MEMORY + 1];
    int64_t at = a->next;
    cvr_status status = CVR_OK;
    for (int i = 0; i < a->parts; i++) {
        cvr_anderson_part *part = &a->part[i];
        newest[i] = part->F[at];
        cvr_axpby(part->f, 1, F[i], -1);
        cvr_copy(part->F[at], part->f);
        cvr_axpby(part->y, 1, Y[i], -1);
        cvr_copy(part->Y[at], part->y);
    }
    a->held = a->held < MEMORY ? a->held + 1 : MEMORY;
    a->next = (at + 1) % MEMORY;
    CVR_TRY(products(a, newest, weights, x));
    for (int k = 0; k < a->held; k++)
        a->gram[at][k] = a->gram[k][at] = x[k];
done:
    return status;
}

/* gamma, in place of <F, f>: rows of the Gram matrix scaled to a diagonal of 1; those
   that depend on others have 0. */
static void weigh(const cvr_anderson *a, double *gamma)
{
    double L[MEMORY * (MEMORY + 1) / 2], scale[MEMORY], line[MEMORY], b[MEMORY];
    double trace = 0;
    int taken[MEMORY], count = 0;
    for (int k = 0; k < a->held; k++)
        trace += a->gram[k][k];
    for (int k = 0; k < a->held; k++) {
        scale[k] = 1 / sqrt(a->gram[k][k] + 1e-10 * trace);
        for (int i = 0; i < count; i++)
            line[i] = a->gram[k][taken[i]] * scale[k] * scale[taken[i]];
        if (trace > 0 && cvr_grown_add(L, count, line))
            taken[count++] = k;
    }
    for (int i = 0; i < count; i++)
        b[i] = gamma[taken[i]] * scale[taken[i]];
    cvr_grown_solve(L, count, b);
    for (int k = 0; k < MEMORY; k++)
        gamma[k] = 0;
    for (int i = 0; i < count; i++)
        gamma[taken[i]] = b[i] * scale[taken[i]];
}

cvr_status cvr_anderson_step(cvr_anderson *a, cvr_mat *Y, const cvr_mat *F,
                             const double *weights)
{
    double x[MEMORY + 1], before = a->size;
    cvr_status status = CVR_OK;
    a->steps++;
    if (a->begun)
        CVR_TRY(remember(a, Y, F, weights));
    CVR_TRY(products(a, F, weights, x));
    a->size = sqrt(x[MEMORY]);
    if (a->extrapolated && a->size > 2 * before) {
        for (int i = 0; i < a->parts; i++) /* part.y holds the last difference */
            cvr_axpby(Y[i], -1, a->part[i].y, 1);
        cvr_anderson_forget(a);
        return CVR_OK;
    }
    for (int i = 0; i < a->parts; i++) {
        cvr_copy(a->part[i].f, F[i]);
        cvr_copy(a->part[i].y, Y[i]);
    }
    a->begun = true;
    if (a->steps < BEGIN || a->held == 0 || !(a->size > 0))
        return CVR_OK;
    weigh(a, x);
    for (int i = 0; i < a->parts; i++)
        for (int k = 0; k < a->held; k++)
            cvr_axpby(Y[i], -x[k], a->part[i].Y[k], 1);
    a->extrapolated = true;
done:
    return status;
}
