/* What goes into a layer: a block of rows, dense or sparse. */
#ifndef CVR_MODEL_FEED_H
#define CVR_MODEL_FEED_H

#include <cvxrelu/model.h>

#include "base/fail.h"

typedef struct cvr_feed {
    cvr_mat X;      /* rows x inputs, in the layer's type; not read when S is there */
    cvr_sparse S;   /* a view */
    cvr_mat offset; /* inputs x 1, double: x = s - offset; no memory: 0 */
} cvr_feed;

/* Z = X W' + b, in the layer's type. */
cvr_status cvr_feed_layer(const cvr_feed *in, const cvr_layer *layer,
                          cvr_mat Z) CVR_MUST_CHECK;
/* X = rows first, first + 1, ... of a sparse feed. */
void cvr_feed_dense(const cvr_feed *in, int64_t first, cvr_mat X);

#endif
