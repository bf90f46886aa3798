/* Rows of arrays that are images: options of cvr_fit that say what is told of them. */
#ifndef CVR_SOLVER_FIT_IMAGES_H
#define CVR_SOLVER_FIT_IMAGES_H

#include <cvxrelu/data.h>
#include <cvxrelu/solve.h>

#include "base/fail.h"

/* image, features, mirror, filters: rows of options, which end with an empty one. */
extern const cvr_option cvr_fit_image_options[];

/* What the options say goes to the transform of raw rows, whose fit describes them.
   CVR_USAGE: they do not fit each other or the rows. */
cvr_status cvr_fit_images(const cvr_settings *s, cvr_dataset *data) CVR_MUST_CHECK;

#endif
