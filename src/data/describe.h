/* Images become what is told of them once all are there: descriptors that are fitted to
   the training rows, and any in even and odd parts under mirroring.

   Each descriptor is a group of columns. Mirrored, a group is turned so that its first
   columns E stay in the mirror image and its last ones O change their sign:

       e = (x_j + x_p) / sqrt 2,  o = (x_j - x_p) / sqrt 2

   for feature j and what it is in the mirror image, p; e = x_j where p = j. Lengths and
   angles stay as they are. */
#ifndef CVR_DATA_DESCRIBE_H
#define CVR_DATA_DESCRIBE_H

#include <cvxrelu/data.h>

#include "base/fail.h"
#include "data/patches.h"

enum { CVR_FILTERS_MOST = 100000 };

/* Fits the layers of data->transform to the pixels of all rows, describes them, and says
   what the groups of their columns are. */
cvr_status cvr_describe_fit(cvr_dataset *data, cvr_comm *comm) CVR_MUST_CHECK;
/* Describes pixels as a fitted transform says, which may come from a file: CVR_BAD_DATA
   when it does not fit the images that it is of. Not collective; comm as in
   cvr_patches_apply. */
cvr_status cvr_describe(cvr_dataset *data, const cvr_transform *t,
                        cvr_comm *comm) CVR_MUST_CHECK;
/* Whether a transform that may come from a file fits the images that it is of:
   CVR_BAD_DATA, CVR_USAGE. */
cvr_status cvr_description_check(const cvr_transform *t,
                                 const char *source) CVR_MUST_CHECK;
/* The layer that makes a descriptor's features, a view; false: t does not have them. */
bool cvr_description_layer(const cvr_transform *t, unsigned descriptor, cvr_patches *p);
/* Pixels that a described image has. */
int64_t cvr_description_pixels(const cvr_transform *t);

/* "conv+hog648"; the caller calls free on it, NULL: no memory. */
char *cvr_descriptor_name(unsigned descriptor);

#endif
