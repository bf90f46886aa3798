/* Sparse rows that a caller has: a cvr_array of type CVR_CSR, whose data is a
   cvr_sparse. */
#ifndef CVR_DATA_CSR_H
#define CVR_DATA_CSR_H

#include "data/array_source.h"

/* CVR_USAGE: the matrix has other sizes than the array, starts that fall, or columns that
   do not rise within a row. */
cvr_status cvr_csr_check(const char *what, const cvr_array *a) CVR_MUST_CHECK;
/* *S, the caller's, = rows first, first + 1, ... in a type; CVR_BAD_DATA names an entry
   that is not finite. */
cvr_status cvr_csr_rows(const cvr_array_source *s, int64_t first, int64_t rows,
                        cvr_type type, cvr_sparse *S) CVR_MUST_CHECK;

#endif
