/* The units of a network's hidden layers, as --layers has them. */
#ifndef CVR_SOLVER_LAYERS_H
#define CVR_SOLVER_LAYERS_H

#include <stdint.h>

#include "base/fail.h"

enum { CVR_LAYERS_MOST = 63, CVR_LAYERS_WIDEST = 1000000 };

typedef struct cvr_layers {
    int64_t widths[CVR_LAYERS_MOST]; /* from the input on */
    int count;
} cvr_layers;

/* "100,50,10", or "none". CVR_USAGE for anything else. */
cvr_status cvr_layers_read(const char *text, cvr_layers *layers) CVR_MUST_CHECK;

#endif
