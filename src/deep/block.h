/* Steps of the sweep `refresh` over a block of rows. */
#ifndef CVR_DEEP_BLOCK_H
#define CVR_DEEP_BLOCK_H

#include "deep/deep.h"

extern const cvr_deep_defaults cvr_deep_refresh_defaults;

/* t_L from the outputs in F, and the multiplier. */
void cvr_deep_top_block(const cvr_deep *s, cvr_deep_thread *t, cvr_mat T, int64_t first,
                        int64_t rows);

/* Z = E P, the pull on a layer by the E = t - m above it; and z of the layer from that,
   whose entries go no further than its reach: columns by strips, while they are in the
   cache. */
void cvr_deep_pull(cvr_mat Z, cvr_mat E, cvr_mat P);
void cvr_deep_pull_z(cvr_mat Z, cvr_mat M, cvr_mat E, cvr_mat P,
                     const cvr_deep_layer *layer);

#endif
