/* The proximal step of  h(v) = sum_i |v_i| + I(each column in its own cone),  exactly:

       min  1/2 |V - M|^2 + t |V|   over the columns of a group,  G v >= 0

   Group i of one sign has a column for each output; G = (2 D_i - I) X, its rows scaled to
   length 1. On the rows A where the multipliers y are positive, G_A v = 0:

       p = m + G_A'y,  y = -(G_A G_A')^{-1} G_A m,   v = e p,  e = (1 - t / |p|)_+

   which is the projection on the cone, shrunk. Thresholds, the last entries g of v, have
   no penalty: with h the rows' entries there, and a, k = (G_A G_A')^{-1} times G_A (m, 0)
   and h,

       y = c k - a,  c(e) = ((1 - e) h'a - g_0) / (e + (1 - e) h'k),
       v = e (m + G_A'y),  g = g_0 + h'y,

   and e in [0, 1] is the root of (1 - e) |m + G_A'y| = t, 0 where there is none. Lawson
   and Hanson's method (1974, ch. 23): rows that v violates join A, and rows whose y would
   turn negative leave. A and a Cholesky factor of G_A G_A' stay from one call to the
   next. Each process has all rows, and a share of the groups. */
#ifndef CVR_CONVEX_CONES_H
#define CVR_CONVEX_CONES_H

#include "convex/cone_set.h"

/* Of all rows and columns; in the plan of the memory. */
cvr_status cvr_cones_lay_out(cvr_cones *c, const cvr_program *p,
                             cvr_workspace *w) CVR_MUST_CHECK;
/* Rows of all processes; no sets. Collective, as the next three. */
cvr_status cvr_cones_start(cvr_cones *c) CVR_MUST_CHECK;
cvr_status cvr_cones_restored(cvr_cones *c) CVR_MUST_CHECK;

/* V = the proximal point of M, d x m both. */
cvr_status cvr_cones_project(cvr_cones *c, cvr_mat V, cvr_mat M, double t) CVR_MUST_CHECK;
/* The multipliers follow M's scale: y = k y. */
void cvr_cones_scale(cvr_cones *c, double k);

/* T (own rows x m) += k (2 D - I) mu, mu >= 0 the multipliers of G v >= 0 at the last
   point: M + G'mu = v / e. */
cvr_status cvr_cones_multipliers(cvr_cones *c, cvr_mat T, double k) CVR_MUST_CHECK;

/* Floating-point operations of a first projection: what is compared with an iteration. */
double cvr_cones_flops(const cvr_program *p);

#endif
