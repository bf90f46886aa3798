/* Small classification problems for tests of methods, and runs of any method. */
#include "classes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "problem.h"

static double feature(int64_t row, int64_t j)
{
    return cvr_random_gauss(11, CVR_FOR_ROWS, row, j);
}

static int class_of(int64_t row, int classes)
{
    double x = feature(row, 0), y = feature(row, 1);
    double turns = (atan2(y, x) + M_PI) / (2 * M_PI);
    if (classes <= 2)
        return classes == 2 && x * x + y * y > 1.4;
    return (int)fmin(floor(turns * classes), classes - 1);
}

cvr_dataset *cvr_test_classes(cvr_comm *comm, cvr_type type, int64_t first, int64_t n,
                              int64_t d, int classes)
{
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    int64_t mine = n * rank / size, own = n * (rank + 1) / size - mine;
    cvr_dataset *data = NULL;
    cvr_mat X = {0}, Y = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, d, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, 1, &Y));
    for (int64_t i = 0; i < own; i++) {
        for (int64_t j = 0; j < d; j++)
            cvr_set(X, i, j, feature(first + mine + i, j));
        cvr_set(Y, i, 0, class_of(first + mine + i, classes));
    }
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_CLASSIFY, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE,
                                                       CVR_BIAS_PENALISED, comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

cvr_test_training cvr_test_train(const char *method, const cvr_dataset *data,
                                 const cvr_dataset *test, cvr_comm *comm,
                                 const char *text)
{
    cvr_test_training t = {.settings = cvr_test_settings(method, text)};
    if (cvr_solver_new(data, test, comm, t.settings, &t.solver) != CVR_OK ||
        cvr_solver_run(t.solver, NULL, NULL, &t.result) != CVR_OK)
        fail_msg("%s %s: %s", method, text, cvr_last_error());
    return t;
}

void cvr_test_trained(cvr_test_training *t)
{
    cvr_solver_free(t->solver);
    cvr_settings_free(t->settings);
}
