/* What the files of this room share about a data set. */
#ifndef CVR_DATA_DATASET_H
#define CVR_DATA_DATASET_H

#include <cvxrelu/data.h>

#include "data/labels.h"

/* rows floor(n r / s) .. floor(n (r + 1) / s) belong to process r of s */
int64_t cvr_block_begin(int64_t n, int rank, int size);

/* Rows of all processes, of those before this one, of this one. */
typedef struct cvr_extent {
    int64_t rows, first, own;
} cvr_extent;

/* An empty data set with memory for X (own x features and, for the bias, one column more)
   and Y (own x outputs). rows, first, outputs and transform.features are set.
   CVR_NO_MEMORY says what it needs when the machine does not have it. */
cvr_status cvr_dataset_new(const char *source, cvr_type type, cvr_extent extent,
                           int64_t features, int outputs,
                           cvr_dataset **data) CVR_MUST_CHECK;
/* The same with the source, the type and the extent of another. */
cvr_status cvr_dataset_new_like(const cvr_dataset *like, int64_t features, int outputs,
                                cvr_dataset **data) CVR_MUST_CHECK;
/* The ones of prepared data, where rows have come to lie anew. */
void cvr_dataset_fill_ones(cvr_dataset *data);
/* CVR_NO_MEMORY, as above, unless own x features fit. */
cvr_status cvr_enough_memory(const char *source, cvr_type type, int64_t own,
                             int64_t features) CVR_MUST_CHECK;
/* The same around sparse rows, which are taken over when it succeeds. */
cvr_status cvr_dataset_new_sparse(const char *source, int64_t rows, int64_t first,
                                  cvr_sparse *S, int outputs,
                                  cvr_dataset **data) CVR_MUST_CHECK;
/* Makes the settled labels the data's classes (or its task regression). */
cvr_status cvr_dataset_classes(cvr_dataset *data,
                               const cvr_labels *labels) CVR_MUST_CHECK;

/* A view of doubles, column by column. */
cvr_mat cvr_mat_of(const double *v, int64_t rows, int64_t cols);

/* Column j of A as doubles, and back; v: rows. */
void cvr_column_get(cvr_mat A, int64_t j, double *v);
void cvr_column_set(cvr_mat A, int64_t j, const double *v);

#endif
