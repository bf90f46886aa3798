/* Small classification problems for tests of methods, and runs of any method. */
#ifndef CVR_TESTS_CLASSES_H
#define CVR_TESTS_CLASSES_H

#include <cvxrelu/cvxrelu.h>

/* n_all x d Gaussian features and a column of ones; the class of a row is its sector of
   the plane of the first two features (two classes: inside or outside a circle). Rows
   first .. of an endless table; this process's part. Free with cvr_dataset_free. */
cvr_dataset *cvr_test_classes(cvr_comm *comm, cvr_type type, int64_t first, int64_t n,
                              int64_t d, int classes);

/* A run of a method, with what is to be freed. */
typedef struct cvr_test_training {
    cvr_settings *settings;
    cvr_solver *solver;
    cvr_progress result;
} cvr_test_training;

cvr_test_training cvr_test_train(const char *method, const cvr_dataset *data,
                                 const cvr_dataset *test, cvr_comm *comm,
                                 const char *text);
void cvr_test_trained(cvr_test_training *t);

#endif
