/* Arrays of callers: checked, and their entries as doubles. */
#ifndef CVR_DATA_STRIDED_H
#define CVR_DATA_STRIDED_H

#include "data/array_source.h"

/* Replaces two zeroes by the strides of C order. CVR_USAGE, with `what` in the sentence:
   an unknown type, no memory, one stride of 0, sizes below 0 or beyond memory; of sparse
   rows what cvr_csr_check says. */
cvr_status cvr_array_check(const char *what, cvr_array *a) CVR_MUST_CHECK;
/* A matrix on the processor as an array, by reference. */
cvr_array cvr_array_of(cvr_mat A);

/* Of arrays that are checked. Integers beyond 2^53 are rounded. */
double cvr_array_get(const cvr_array *a, int64_t i, int64_t j);
void cvr_array_set(const cvr_array *a, int64_t i, int64_t j, double x);

/* CVR_BAD_DATA names an entry that is not finite in a type: row `before` + i + 1. */
cvr_status cvr_array_finite(const cvr_array_source *s, cvr_type type) CVR_MUST_CHECK;
/* X = rows first, first + 1, ..., as many as X has, checked likewise. */
cvr_status cvr_array_rows(const cvr_array_source *s, int64_t first,
                          cvr_mat X) CVR_MUST_CHECK;

#endif
