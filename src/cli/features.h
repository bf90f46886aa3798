/* --features auto: what is told of images, chosen on training rows. */
#ifndef CVR_CLI_FEATURES_H
#define CVR_CLI_FEATURES_H

#include <cvxrelu/cvxrelu.h>

#include "cli/training.h"

/* Sets the features of the raw rows t->data.train, and whether they are mirrored unless
   --mirror says so, to those of the least leave-one-out error, where it is asked for: by
   --features auto, or (decided) by nothing that names features or a program. Seconds are
   added to t->spent. Collective. */
cvr_status cli_choose_features(cli_call *call, bool decided,
                               cli_training *t) CVR_MUST_CHECK;

#endif
