/* Small problems for tests of solvers. */
#include "problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"
#include "support/files.h"

cvr_comm *cvr_test_alone, *cvr_test_all;
cvr_bias cvr_test_bias = CVR_BIAS_PENALISED;

int cvr_test_open_comms(void **state)
{
    bool launched =
        getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK") || getenv("PMI_SIZE");
    (void)state;
    if (cvr_comm_open("serial", &cvr_test_alone) != CVR_OK)
        return 1;
    return cvr_comm_open(launched ? "mpi" : "serial", &cvr_test_all);
}

int cvr_test_close_comms(void **state)
{
    (void)state;
    cvr_comm_free(cvr_test_all);
    cvr_comm_free(cvr_test_alone);
    return 0;
}

int cvr_test_open_all(void **state)
{
    int failed = cvr_test_open_comms(state);
    return failed ? failed : cvr_test_folder(state);
}

int cvr_test_close_all(void **state)
{
    int failed = cvr_test_remove(state);
    cvr_test_close_comms(state);
    return failed;
}

bool cvr_test_turn(int64_t i)
{
    int size = cvr_comm_size(cvr_test_all);
    return size == 1 || i % 3 == size % 3 || getenv("CVR_TEST_ALL");
}

/* y = sum_k +-relu(x'g_k) / 2 + noise, a function of (row, output). */
static double target(int64_t row, int64_t c, int64_t d)
{
    double y = 0.2 * cvr_random_gauss(3, CVR_FOR_NOISE, row, c);
    for (int64_t k = 0; k < 3; k++) {
        double z = cvr_random_gauss(3, CVR_FOR_PLANT, 10 * c + k, d - 1);
        for (int64_t j = 0; j + 1 < d; j++)
            z += cvr_random_gauss(3, CVR_FOR_ROWS, row, j) *
                 cvr_random_gauss(3, CVR_FOR_PLANT, 10 * c + k, j);
        y += (k % 2 ? -0.5 : 0.5) * (z > 0 ? z : 0);
    }
    return y;
}

cvr_dataset *cvr_test_data(cvr_comm *comm, cvr_type type, int64_t n, int64_t d, int64_t C)
{
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    int64_t first = n * rank / size, own = n * (rank + 1) / size - first;
    cvr_dataset *data = NULL;
    cvr_mat X = {0}, Y = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, d - 1, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, C, &Y));
    for (int64_t i = 0; i < own; i++) {
        for (int64_t j = 0; j + 1 < d; j++)
            cvr_set(X, i, j, cvr_random_gauss(3, CVR_FOR_ROWS, first + i, j));
        for (int64_t c = 0; c < C; c++)
            cvr_set(Y, i, c, target(first + i, c, d));
    }
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    assert_int_equal(
        CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE, cvr_test_bias, comm));
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}

cvr_dataset *cvr_test_free(cvr_comm *comm, cvr_type type, int64_t n, int64_t d, int64_t C,
                           double scale, double shift)
{
    cvr_dataset *made = cvr_test_data(comm, type, n, d, C), *data = NULL;
    for (int64_t c = 0; c < C; c++)
        for (int64_t i = 0; i < made->Y.rows; i++)
            cvr_set(made->Y, i, c, scale * cvr_get(made->Y, i, c) + shift);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(cvr_mat_cols(made->X, 0, d - 1),
                                                     made->Y, CVR_REGRESS, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_FEATURE,
                                                       CVR_BIAS_FREE, comm));
    cvr_dataset_free(made);
    return data;
}

cvr_settings *cvr_test_settings(const char *method, const char *text)
{
    cvr_settings *s = NULL;
    char copy[1024], *save = NULL;
    assert_int_equal(CVR_OK, cvr_settings_new(method, &s));
    snprintf(copy, sizeof copy, "%s", text);
    for (char *name = strtok_r(copy, " ", &save); name;
         name = strtok_r(NULL, " ", &save)) {
        char *value = strtok_r(NULL, " ", &save);
        if (cvr_settings_set(s, name + 2, value) != CVR_OK)
            fail_msg("%s %s: %s", name, value, cvr_last_error());
    }
    return s;
}

cvr_test_run cvr_test_start(const cvr_dataset *data, cvr_comm *comm, const char *text)
{
    cvr_test_run run = {.settings = cvr_test_settings("convex", text)};
    if (cvr_solver_new(data, NULL, comm, run.settings, &run.solver) != CVR_OK ||
        cvr_solver_run(run.solver, NULL, NULL, &run.result) != CVR_OK)
        fail_msg("%s: %s", text, cvr_last_error());
    return run;
}

void cvr_test_end(cvr_test_run *run)
{
    cvr_solver_free(run->solver);
    cvr_settings_free(run->settings);
}

cvr_progress cvr_test_solve(const cvr_dataset *data, cvr_comm *comm, const char *text)
{
    cvr_test_run run = cvr_test_start(data, comm, text);
    cvr_test_end(&run);
    return run.result;
}
