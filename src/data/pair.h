/* Rows of an array X with their targets: another array y, columns of X, or none. What the
   readers of NPY, NPZ, IDX and MAT have in common. */
#ifndef CVR_DATA_PAIR_H
#define CVR_DATA_PAIR_H

#include "data/array.h"
#include "data/reader.h"

typedef struct cvr_pair {
    cvr_file_array X, y; /* planned; y.rows 0: there is none */
    cvr_stream *own[2];  /* what they are read from, if that is not the reader's stream */
    int32_t *place;      /* of X's columns among the targets, or as targets.h says */
    double *value, *target;
} cvr_pair;

/* After planning: sets the reader's shape. target: which columns of X, when there is no
   y ("none": none). A 1-dimensional X is features when there is a y, else targets. */
cvr_status cvr_pair_open(cvr_reader *r, cvr_pair *p, const char *target) CVR_MUST_CHECK;
cvr_status cvr_pair_next(cvr_reader *r, cvr_pair *p, cvr_row *row,
                         bool *end) CVR_MUST_CHECK;
void cvr_pair_close(cvr_pair *p); /* takes NULL, frees p */

#endif
