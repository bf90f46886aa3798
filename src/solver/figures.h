/* Numbers of an iteration. Each operation leaves its own where the matrices are, in a
   place that it is given; all places come to the host at once, so that it waits once. */
#ifndef CVR_SOLVER_FIGURES_H
#define CVR_SOLVER_FIGURES_H

#include "solver/workspace.h"

typedef struct cvr_figures {
    cvr_mat s;     /* doubles, where the matrices are */
    double *x;     /* the same on the host, as last read */
    int64_t taken; /* places that are not read yet */
} cvr_figures;

/* Room for `most' places between two reads. */
cvr_status cvr_figures_lay_out(cvr_figures **f, int64_t most,
                               cvr_workspace *w) CVR_MUST_CHECK;

/* s: a column of count places; returns where its numbers will be on the host, from the
   read until the next that covers them. */
double *cvr_figures_place(cvr_figures *f, int64_t count, cvr_mat *s);
/* One place. */
cvr_mat cvr_figures_one(cvr_figures *f, const double **x);

/* Gives all places back, unread: those of an iteration that was left halfway. */
static inline void cvr_figures_clear(cvr_figures *f)
{
    f->taken = 0;
}

/* Brings the places from number `first' on to the host, and gives them back. What was
   taken before stays for a later read. */
void cvr_figures_read(cvr_figures *f, int64_t first);

#endif
