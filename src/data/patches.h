/* Features of images by patches, fitted to data without a gradient: the first layer of a
   two-layer convolutional ReLU network, its filters patches of the training images
   (docs/mathematics.md, "Features of images").

       p       a patch of the maps, s x s of every plane: K = s^2 planes numbers, less its
               mean where that is asked for, over sqrt(mean square + faint)
       z       M (p - p0),  M = V diag(1 / sqrt(e + floor)) V', p0 and V diag(e) V' the
               mean and the covariance of patches
       h_j     z of a random patch, of length 1;  t_j a quantile of h_j'z
       x_jr    sqrt of the mean over cell r of relu(h_j'z - t_j) = relu(W_j'p - c_j)

   Mirrored: filter j + P / 2 is the mirror image of filter j and its cells are counted
   from the right, so that feature f of an image is feature f + F / 2 of its mirror
   image. */
#ifndef CVR_DATA_PATCHES_H
#define CVR_DATA_PATCHES_H

#include <cvxrelu/comm.h>

#include "data/maps.h"

typedef struct cvr_patches {
    const cvr_maps_kind *kind;
    cvr_planes image; /* the size of images; factor: pixels become 0 .. 255 by it */
    bool mirrored;
    cvr_mat W, c; /* K x P, P x 1 */
} cvr_patches;

enum { CVR_PATCH_CELLS = 3 }; /* a side: 9 cells */

/* CVR_USAGE: images are too small for the patches. */
cvr_status cvr_patches_check(const cvr_maps_kind *kind, const cvr_planes *image,
                             const char *source) CVR_MUST_CHECK;
int64_t cvr_patches_features(const cvr_patches *p); /* F = 9 P */
int64_t cvr_patches_inputs(const cvr_patches *p);   /* K */
/* The part of position i of m that lies in a cell, over the cell's length: an area
   average for any m. */
double cvr_patches_share(int i, int m, int cell);

/* The images that filters come from. */
typedef struct cvr_patch_rows {
    cvr_mat X;           /* own rows x pixels */
    int64_t rows, first; /* of all processes; the first own one */
    cvr_comm *comm;
    uint64_t seed;
    const char *source; /* for messages */
} cvr_patch_rows;

/* P filters (rounded up to an even number where mirrored) and image.factor; the rest of p
   is set. CVR_BAD_DATA: every image is flat. Collective. */
cvr_status cvr_patches_fit(cvr_patches *p, const cvr_patch_rows *rows,
                           int64_t P) CVR_MUST_CHECK;

/* F (rows x features) of the images X (rows x pixels). Not collective; comm is asked
   whether to go on: F is void when not. */
cvr_status cvr_patches_apply(const cvr_patches *p, cvr_mat X, cvr_comm *comm,
                             cvr_mat F) CVR_MUST_CHECK;

#endif
