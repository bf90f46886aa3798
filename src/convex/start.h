/* The network of --start MODEL: its neurons are gates. */
#ifndef CVR_CONVEX_START_H
#define CVR_CONVEX_START_H

#include "solver/method.h"

typedef struct cvr_start {
    cvr_mat H;     /* a row a neuron (or gate) of the first layer: its weights on features
                      as these data have them, then its threshold; double */
    cvr_mat outer; /* its weight to the output, k x 1, double: of networks with one hidden
                      layer and one output; no memory: it is another */
    double b;      /* the output's constant */
} cvr_start;

/* s, the caller's, {0} when it fails. CVR_USAGE (a kernel, other inputs), CVR_IO,
   CVR_BAD_DATA. Every process reads the file. Collective. */
cvr_status cvr_start_read(const cvr_problem *problem, const char *path,
                          cvr_start *s) CVR_MUST_CHECK;
void cvr_start_free(cvr_start *s); /* leaves {0}; takes {0} */

#endif
