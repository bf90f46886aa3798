/* Copies of activations in few bits: each unit's numbers by levels of their own,

       a := low + k (high - low) / (2^bits - 1),   k = round of where a is,

   low and high the least and the greatest over all rows, as single floats. Sender and
   receiver go on with the same numbers. */
#ifndef CVR_DEEP_CODE_H
#define CVR_DEEP_CODE_H

#include "solver/workspace.h"

typedef struct cvr_deep_coder {
    int bits; /* 16, 8, 4; 0: nothing is coded */
    int64_t rows;
    double *column;          /* rows */
    double *extent;          /* of all units: -low, high */
    unsigned char *out, *in; /* messages of the widest layer */
} cvr_deep_coder;

/* For so many rows, units in all, and in the widest layer. */
cvr_status cvr_deep_coder_lay_out(cvr_deep_coder *c, cvr_workspace *w, int64_t rows,
                                  int64_t units, int64_t widest) CVR_MUST_CHECK;

/* extent: two for each column of A (rows x units); the largest of all rows are wanted. */
void cvr_deep_extent(const cvr_deep_coder *c, cvr_mat A, double *extent);
/* A becomes what its code says; bytes: the message, or NULL. */
void cvr_deep_encode(const cvr_deep_coder *c, cvr_mat A, const double *extent,
                     unsigned char *bytes);
void cvr_deep_decode(const cvr_deep_coder *c, cvr_mat A, const unsigned char *bytes);
/* Bytes of the message of so many units: two floats each and the codes. */
int64_t cvr_deep_coded_bytes(const cvr_deep_coder *c, int64_t units);

#endif
