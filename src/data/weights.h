/* Weights of rows and of classes. */
#ifndef CVR_DATA_WEIGHTS_H
#define CVR_DATA_WEIGHTS_H

#include <cvxrelu/data.h>

/* how->weights is a file that is there; else it is a column of the CSV files, and A, the
   caller's, becomes its numbers, all rows x 1. */
bool cvr_weights_in_file(const cvr_load *how);
cvr_status cvr_weights_column(const cvr_load *how, cvr_mat *A) CVR_MUST_CHECK;
/* The data were not read: where that is for want of such a column, it is said so. */
cvr_status cvr_weights_explain(const cvr_load *how, cvr_status status) CVR_MUST_CHECK;
/* data->W = own rows of A. Not collective. CVR_BAD_DATA: other than one finite number
   >= 0 for each row. */
cvr_status cvr_weights_set(const cvr_load *how, cvr_mat A,
                           cvr_dataset *data) CVR_MUST_CHECK;
/* data->W = w, of own rows (NULL is refused). Not collective. CVR_USAGE: not n x 1;
   CVR_BAD_DATA likewise. */
cvr_status cvr_weights_take(const cvr_array *w, cvr_dataset *data) CVR_MUST_CHECK;
/* how->weights names a column, which is no feature: *list, the caller's, is the list of
   columns to ignore then. */
cvr_status cvr_weights_ignore(const cvr_load *how, char **list) CVR_MUST_CHECK;

/* Of own row i, and of all rows of all processes; classes have no part in it. */
static inline double cvr_row_weight(const cvr_dataset *data, int64_t i)
{
    return data->W.data ? ((const double *)data->W.data)[i] : 1;
}
cvr_status cvr_weights_total(const cvr_dataset *data, cvr_comm *comm,
                             double *total) CVR_MUST_CHECK;

/* W (own rows x 1, double, the caller's) = weights of rows times those of their classes,
   which are those of the rows `train`; no memory where there are none. Collective. */
cvr_status cvr_weights_of(const cvr_dataset *data, const cvr_dataset *train,
                          cvr_comm *comm, cvr_mat *W) CVR_MUST_CHECK;

#endif
