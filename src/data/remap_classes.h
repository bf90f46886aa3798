/* Targets in the terms of a model. */
#ifndef CVR_DATA_REMAP_CLASSES_H
#define CVR_DATA_REMAP_CLASSES_H

#include <cvxrelu/data.h>

/* Puts targets in the order of a model's classes; nothing when it has none (or names is
   NULL). CVR_BAD_DATA when a class is unknown to it. */
cvr_status cvr_dataset_remap_classes(cvr_dataset *data, int classes,
                                     char *const *names) CVR_MUST_CHECK;

#endif
