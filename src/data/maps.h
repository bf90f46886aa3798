/* What patch features are cut from: an image's own planes, or planes of its gradients by
   direction. A kind is a row of cvr_maps_kinds. */
#ifndef CVR_DATA_MAPS_H
#define CVR_DATA_MAPS_H

#include <stdbool.h>

#include "data/gradient.h"

typedef struct cvr_maps_kind {
    const char *name;
    /* Planes, height and width of the maps of an image. */
    void (*size)(const cvr_planes *image, int size[3]);
    /* Makes them; work: room for cvr_maps_work numbers. */
    void (*draw)(const cvr_planes *image, double *work, double *maps);
    int (*mirrored)(int plane); /* the plane of the mirror image that this one becomes */
    int side;                   /* of a patch */
    bool centred;               /* a patch is taken less its mean, */
    double faint;               /* then divided by sqrt(mean square + faint) */
    double floor;    /* what is added to the eigenvalues that whiten: a number, */
    bool relative;   /* or that many times their mean */
    double quantile; /* of a filter's responses: its threshold */
} cvr_maps_kind;

enum { CVR_MAPS_CELL = 2 }; /* pixels of a side of a cell of oriented */

extern const cvr_maps_kind cvr_maps_conv, cvr_maps_oriented;

int cvr_maps_work(const cvr_planes *image);

#endif
