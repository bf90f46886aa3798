/* Matrices and networks with Gaussian entries, for tests. */
#ifndef CVR_TESTS_MODELS_H
#define CVR_TESTS_MODELS_H

#include <cvxrelu/model.h>

/* Entries follow from (stream, place) alone. */
cvr_mat cvr_test_matrix(cvr_type type, int64_t rows, int64_t cols, int64_t stream);
/* Layers of sizes[0] .. sizes[depth] units. */
cvr_model cvr_test_network(cvr_type type, int depth, const int64_t *sizes);
cvr_model cvr_test_gated(cvr_type type, int64_t inputs, int64_t gates, int outputs);

#endif
