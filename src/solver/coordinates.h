/* Rows that are wider than there are of them, in coordinates (docs/mathematics.md, "Wide
   data"):

       X = A Q,  A n x r,  Q r x d with orthonormal rows,  r <= n < d

   Norms and products of weights u = Q'v are those of v, and X u = A v. So a problem whose
   penalties depend on norms alone is the same one with A in place of X, and nothing in it
   is d x d. Q is never formed: r rows of X, the pivots, are L Q with a triangle L. */
#ifndef CVR_SOLVER_COORDINATES_H
#define CVR_SOLVER_COORDINATES_H

#include <cvxrelu/data.h>

#include "base/fail.h"
#include "linalg/rows.h"
#include "solver/method.h"

struct cvr_coordinates {
    cvr_rows rows;     /* features of the rows of all processes */
    cvr_mat gathered;  /* these, ours when there are several processes: dense */
    cvr_sparse sparse; /* or sparse */
    int64_t r, *pivot; /* r; n of them, the first r are the pivots */
    cvr_mat L;         /* r x r, double, lower; 0 above */
    cvr_mat A;         /* own rows x r of the data's type; then ones as X has them */
    cvr_mat K;         /* n x n, double: L is in it */
};

/* Whether dense rows of such data are worth turning. */
bool cvr_coordinates_pay(const cvr_dataset *data);

/* Of prepared data with fewer rows than features. Collective. */
cvr_status cvr_coordinates_new(const cvr_dataset *data, cvr_comm *comm,
                               cvr_coordinates *c) CVR_MUST_CHECK;
void cvr_coordinates_free(cvr_coordinates *c); /* leaves {0}; takes {0} */

/* W (k x d) = V Q for weights V (k x r) in coordinates, of any type. */
cvr_status cvr_coordinates_weights(const cvr_coordinates *c, cvr_mat V,
                                   cvr_mat W) CVR_MUST_CHECK;
/* E (r x k), for rows that are independent (r = n): the shortest weights with A E = T
   (own rows x k). Collective. */
cvr_status cvr_coordinates_reach(const cvr_coordinates *c, cvr_comm *comm, cvr_mat T,
                                 cvr_mat E) CVR_MUST_CHECK;
/* C (r x k) = Q H for H (d x k): what part of each column lies in the rows' span. */
cvr_status cvr_coordinates_of(const cvr_coordinates *c, cvr_mat H,
                              cvr_mat C) CVR_MUST_CHECK;

#endif
