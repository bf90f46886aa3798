/* Transforms in memory. */
#ifndef CVR_DATA_TRANSFORM_H
#define CVR_DATA_TRANSFORM_H

#include <cvxrelu/data.h>

#include "base/fail.h"

cvr_status cvr_transform_copy(const cvr_transform *from,
                              cvr_transform *to) CVR_MUST_CHECK;
void cvr_transform_free(cvr_transform *transform); /* leaves {0} */
const char *cvr_bias_name(cvr_bias bias);          /* "free", "penalised", "none" */

#endif
