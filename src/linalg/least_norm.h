/* The shortest point with rows on one side each:

       min 1/2 |e|^2   subject to   s_j x_j'e >= q_j,   |x_j| = 1,  s_j = +-1

   e = sum_A y_j s_j x_j,  y > 0: on the rows of the set A the constraints are equalities,
   K y = q_A with K their Gram matrix. The row that e violates most joins A, those whose
   y would turn negative leave; a row that depends on A takes the place of one of them
   (Lawson and Hanson 1974, ch. 23; Goldfarb and Idnani 1983). In double, on the host. */
#ifndef CVR_LINALG_LEAST_NORM_H
#define CVR_LINALG_LEAST_NORM_H

#include <cvxrelu/mat.h>

#include "base/fail.h"

typedef struct cvr_least_norm {
    int64_t n, d, most; /* rows, entries of a row, the most rows of a set */
    cvr_mat X;          /* d x n: a row a column, of length 1 or 0; the caller's */
    int64_t count, *set;
    double *y, *L, *a, *c; /* of the set: multipliers, factor, work */
    double *z;             /* n: X'e */
    bool *barred;          /* n: rows that rounding keeps out of the set as it is */
} cvr_least_norm;

cvr_status cvr_least_norm_new(cvr_mat X, cvr_least_norm *l) CVR_MUST_CHECK;
void cvr_least_norm_free(cvr_least_norm *l); /* leaves {0}; takes {0} */

/* e (d) for s and q (n each). What it misses of q is the caller's to see: it is within
   rounding where there are such points. */
void cvr_least_norm_find(cvr_least_norm *l, const double *s, const double *q, double *e);

#endif
