/* Rows of which most entries are zero. */
#ifndef CVXRELU_SPARSE_H
#define CVXRELU_SPARSE_H

#include "mat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compressed rows: row i has the entries start[i] .. start[i + 1] - 1, entry e is
   value[e] in column index[e]; columns rise within a row. On the processor. */
typedef struct cvr_sparse {
    int64_t rows, cols;
    cvr_type type;
    int64_t *start; /* rows + 1; NULL: no such matrix */
    int32_t *index;
    void *value; /* of type */
} cvr_sparse;

#ifdef __cplusplus
}
#endif
#endif
