/* A sparse matrix in memory, as rows. */
#ifndef CVR_DATA_BY_ROWS_H
#define CVR_DATA_BY_ROWS_H

#include "data/reader.h"

/* Columns one after the other, as MATLAB has them: column j has the entries begin[j] ..
   begin[j + 1]; whole numbers as doubles. */
typedef struct cvr_by_columns {
    int64_t size[2];
    double *begin, *row, *value;
    int64_t begins, rows, values; /* how many numbers there are of each */
} cvr_by_columns;

typedef struct cvr_by_rows {
    int64_t rows, columns, row; /* row: the next */
    int64_t *begin;             /* rows + 1: where each begins among the entries */
    int32_t *index;             /* their columns from 0, rising in a row */
    double *value;
} cvr_by_rows;

/* turned: the columns become the rows. The first row gets an entry in the last column, so
   that the width is seen. `in` justifies the memory; where is "FILE: X: ". */
cvr_status cvr_by_rows_make(const cvr_by_columns *from, bool turned, const cvr_stream *in,
                            const char *where, cvr_by_rows *s) CVR_MUST_CHECK;
/* Indices begin with base. */
bool cvr_by_rows_next(cvr_by_rows *s, int32_t base, cvr_row *row);
void cvr_by_rows_free(cvr_by_rows *s);
void cvr_by_columns_free(cvr_by_columns *c);

#endif
