/* What is done to raw rows before their transform is fitted. */
#ifndef CVR_DATA_FIT_TRANSFORM_H
#define CVR_DATA_FIT_TRANSFORM_H

#include <cvxrelu/data.h>

#include "base/fail.h"

/* Rows of images become what data->transform says of gray, sizes and hog648 alone. */
cvr_status cvr_dataset_convert_images(cvr_dataset *data) CVR_MUST_CHECK;

#endif
