/* Rows on their way into a matrix. They come one by one and their number is not known
   before the last; they wait in blocks, in the precision that they will have, and each
   block is freed as soon as it is in the matrix. The matrix's pages are touched only
   then: the peak is the matrix and a block or two. */
#ifndef CVR_DATA_ROW_BUFFER_H
#define CVR_DATA_ROW_BUFFER_H

#include <cvxrelu/sparse.h>

#include "data/reader.h"

typedef struct cvr_block cvr_block;

typedef struct cvr_row_buffer {
    cvr_type type;
    int64_t rows;
    cvr_block *blocks;
    int64_t count, room; /* of blocks */
} cvr_row_buffer;

/* Copies the row's values (not its targets). */
cvr_status cvr_row_buffer_push(cvr_row_buffer *s, const cvr_row *row) CVR_MUST_CHECK;
/* X (zeroes, rows x columns) gets the rows; sparse columns are lowered by base, and
   those beyond X left out. The buffer is empty then. */
void cvr_row_buffer_flush(cvr_row_buffer *s, cvr_mat X, int32_t base);
/* The same into sparse rows with cols columns, when all rows came as sparse ones. */
cvr_status cvr_row_buffer_flush_sparse(cvr_row_buffer *s, int64_t cols, int32_t base,
                                       cvr_sparse *S) CVR_MUST_CHECK;
void cvr_row_buffer_free(cvr_row_buffer *s);

#endif
