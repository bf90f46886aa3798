/* Of matrices what only the library asks for. */
#ifndef CVR_LINALG_MAT_H
#define CVR_LINALG_MAT_H

#include <cvxrelu/mat.h>

/* Bytes of a matrix; -1: too many to count. */
int64_t cvr_mat_bytes(cvr_type type, int64_t rows, int64_t cols);
/* The entries of a matrix without gaps (ld = rows) in another shape, a view. */
cvr_mat cvr_mat_reshape(cvr_mat A, int64_t rows, int64_t cols);

#endif
