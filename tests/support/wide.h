/* Rows that are wider than there are of them, dense or sparse. */
#ifndef CVR_TESTS_WIDE_H
#define CVR_TESTS_WIDE_H

#include <cvxrelu/cvxrelu.h>

/* What makes rows of such data alike. */
typedef enum cvr_test_kinship {
    CVR_TEST_STRANGERS,
    CVR_TEST_TWINS,   /* every fourth row is the one before, or nothing but zeroes */
    CVR_TEST_SIBLINGS /* every fourth row is the one before but for 1e-4 of it */
} cvr_test_kinship;

typedef struct cvr_test_wide {
    int64_t n, d, C;
    cvr_test_kinship kinship;
    bool sparse;
} cvr_test_wide;

/* Own rows, of which about a fifth of the entries is not 0, not prepared: a function of
   (row, column) alone. Free with cvr_dataset_free. */
cvr_dataset *cvr_test_wide_data(cvr_comm *comm, cvr_type type, cvr_test_wide w);

#endif
