/* The labels file that goes with an images file. */
#ifndef CVR_DATA_SIBLING_LABELS_H
#define CVR_DATA_SIBLING_LABELS_H

#include "base/fail.h"

/* By the usual names (images-idx3 -> labels-idx1, with or without .gz), the caller's;
   NULL when there is none. */
cvr_status cvr_sibling_labels(const char *images, char **labels) CVR_MUST_CHECK;

#endif
