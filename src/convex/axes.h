/* Directions of gates for tables (docs/mathematics.md, "Kernels"). */
#ifndef CVR_CONVEX_AXES_H
#define CVR_CONVEX_AXES_H

#include <cvxrelu/mat.h>

/* h (F x 1) = direction j, a function of it and the seed: N(0, I) for kind 'a', +-e_a for
   '1', two coordinates with N(0, 1) weights for '2'. */
void cvr_draw_axes(uint64_t seed, char kind, int64_t j, cvr_mat h);

#endif
