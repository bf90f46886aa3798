/* Dense matrices: small values, column-major, element (i, j) at data[i + j * ld]. Copies
   of one, and parts, are views that own nothing. Views that do not fit are a defect of
   the caller and stop the program by an assertion. */
#ifndef CVXRELU_MAT_H
#define CVXRELU_MAT_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cvr_type { CVR_DOUBLE = 0, CVR_SINGLE = 1 } cvr_type;
typedef struct cvr_backend cvr_backend;

typedef struct cvr_mat {
    int64_t rows, cols, ld;
    cvr_type type;
    const cvr_backend *device; /* where data lies */
    void *data;
} cvr_mat;

/* The processor: OpenBLAS and LAPACK. Never NULL; nobody frees it. */
CVR_API const cvr_backend *cvr_cpu(void);

/* A = rows x cols zeroes (both may be 0) of a type on a device, ld = rows. The caller
   frees it. CVR_NO_MEMORY, and A is {0}. */
CVR_API cvr_status cvr_mat_new(const cvr_backend *device, cvr_type type, int64_t rows,
                               int64_t cols, cvr_mat *A) CVR_MUST_CHECK;
CVR_API void cvr_mat_free(cvr_mat *A); /* leaves {0}; takes {0} */

/* A view: rows x cols from (i, j), inside of A. Valid as long as A's memory. */
CVR_API cvr_mat cvr_mat_part(cvr_mat A, int64_t i, int64_t j, int64_t rows, int64_t cols);

/* B = A of the same shape, between types and devices; they do not overlap. */
CVR_API void cvr_copy(cvr_mat B, cvr_mat A);

/* Entry (i, j), 0 <= i < rows, 0 <= j < cols; for the rare single one. */
CVR_API double cvr_get(cvr_mat A, int64_t i, int64_t j);
/* The same, to value, rounded to A's type. */
CVR_API void cvr_set(cvr_mat A, int64_t i, int64_t j, double value);

#ifdef __cplusplus
}
#endif
#endif
