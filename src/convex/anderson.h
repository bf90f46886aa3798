/* Anderson acceleration (type II) of a fixed-point map T: with y_k = T(z_k) and
   f_k = y_k - z_k,

       gamma = argmin | f_k - sum_j gamma_j (f_{j+1} - f_j) |^2     (regularised by 1e-10)
       z_{k+1} = y_k - sum_j gamma_j (y_{j+1} - y_j),               the last q differences

   A step that makes |f| more than twice as long is taken back to y, and all is forgotten.
   Sources: Anderson 1965; Zhang, O'Donoghue and Boyd 2020. */
#ifndef CVR_CONVEX_ANDERSON_H
#define CVR_CONVEX_ANDERSON_H

#include "solver/workspace.h"

enum { CVR_ANDERSON_MEMORY = 10, CVR_ANDERSON_PARTS = 2 };

/* One part of z: the same on all processes, or own rows. */
typedef struct cvr_anderson_part {
    bool rows;
    cvr_mat f, y;                                           /* the last ones */
    cvr_mat F[CVR_ANDERSON_MEMORY], Y[CVR_ANDERSON_MEMORY]; /* differences */
} cvr_anderson_part;

typedef struct cvr_anderson {
    cvr_comm *comm;
    int parts;
    cvr_anderson_part part[CVR_ANDERSON_PARTS];
    double gram[CVR_ANDERSON_MEMORY][CVR_ANDERSON_MEMORY]; /* of F */
    double size;                                           /* |f|, the last one */
    int64_t steps, held, next;                             /* next: the place to fill */
    bool begun, extrapolated; /* f and y are there; y is not what z became */
} cvr_anderson;

/* A part of z, rows x cols; call it for each of them, in order. */
void cvr_anderson_lay_out(cvr_anderson *a, cvr_comm *comm, bool of_rows, int64_t rows,
                          int64_t cols, cvr_workspace *w);

/* Y[i] = y of part i becomes the next z; F[i] = f. weights: |z|^2 = sum_i weights[i]
   |part i|^2. Collective. */
cvr_status cvr_anderson_step(cvr_anderson *a, cvr_mat *Y, const cvr_mat *F,
                             const double *weights) CVR_MUST_CHECK;
/* The map has changed. */
void cvr_anderson_forget(cvr_anderson *a);

#endif
