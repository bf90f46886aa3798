/* The patches of an image's maps (maps.h), as filters see them. */
#ifndef CVR_DATA_PATCH_CUTTER_H
#define CVR_DATA_PATCH_CUTTER_H

#include <cvxrelu/mat.h>

#include "base/fail.h"
#include "data/maps.h"

typedef struct cvr_cutter {
    const cvr_maps_kind *kind;
    cvr_planes image;          /* its values: pixels, here */
    int planes, height, width; /* of the maps */
    int down, across;          /* positions of a patch */
    double *pixels, *maps, *work;
    double *sum, *square; /* a position's: of its patch's numbers, of their squares */
} cvr_cutter;

/* Its sizes alone, without memory. */
void cvr_cutter_measure(const cvr_maps_kind *kind, const cvr_planes *image,
                        cvr_cutter *t);
int64_t cvr_cutter_positions(const cvr_cutter *t);
int64_t cvr_cutter_inputs(const cvr_cutter *t); /* K: numbers of a patch */

cvr_status cvr_cutter_new(const cvr_maps_kind *kind, const cvr_planes *image,
                          cvr_cutter *t) CVR_MUST_CHECK;
void cvr_cutter_free(cvr_cutter *t);

/* The maps of an image, row i of X. */
void cvr_cutter_draw(cvr_cutter *t, cvr_mat X, int64_t i);
/* Of these the patches at down x across positions from (top, left) on, a row each, as
   filters see them: column k of P, `ld` apart, their numbers k. */
void cvr_cutter_cut(cvr_cutter *t, int top, int left, int down, int across, double *P,
                    int64_t ld);
/* k of the mirror image of a patch. */
int64_t cvr_cutter_mirrored(const cvr_cutter *t, int64_t k);

#endif
