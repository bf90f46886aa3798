/* Wide rows. */
#include "wide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "data/dataset.h"
#include "data/from_arrays.h"
#include "linalg/ops.h"
#include "linalg/sparse.h"

static double stranger(int64_t row, int64_t col)
{
    bool there = cvr_random_below(7, CVR_FOR_PLANT, row, col, 5) == 0;
    return there ? cvr_random_gauss(7, CVR_FOR_ROWS, row, col) : 0;
}

static double entry(const cvr_test_wide *w, int64_t row, int64_t col)
{
    if (w->kinship == CVR_TEST_STRANGERS || row % 4 != 3)
        return stranger(row, col);
    if (w->kinship == CVR_TEST_TWINS)
        return row % 8 == 3 ? stranger(row - 1, col) : 0;
    return stranger(row - 1, col) + 1e-4 * stranger(row, col);
}

static void fill(const cvr_test_wide *w, int64_t first, cvr_mat X, cvr_mat Y)
{
    for (int64_t i = 0; i < X.rows; i++) {
        for (int64_t j = 0; j < X.cols; j++)
            cvr_set(X, i, j, entry(w, first + i, j));
        for (int64_t c = 0; c < Y.cols; c++)
            cvr_set(Y, i, c,
                    cvr_random_gauss(7, CVR_FOR_NOISE, first + i, c) + X.cols % 3);
    }
}

/* Takes X's place: the same rows, sparse. */
static void thin_out(cvr_dataset *data)
{
    cvr_mat X = data->X;
    int64_t at = 0, count = cvr_count_nonzero(X);
    assert_int_equal(CVR_OK, cvr_sparse_new(X.type, X.rows, X.cols, count, &data->S));
    for (int64_t i = 0; i < X.rows; i++) {
        for (int64_t j = 0; j < X.cols; j++)
            if (cvr_get(X, i, j) != 0) {
                data->S.index[at] = (int32_t)j;
                cvr_sparse_set(&data->S, at++, cvr_get(X, i, j));
            }
        data->S.start[i + 1] = at;
    }
    cvr_mat_free(&data->X);
    data->X = X;
    data->X.ld = X.rows;
    data->X.data = NULL;
}

cvr_dataset *cvr_test_wide_data(cvr_comm *comm, cvr_type type, cvr_test_wide w)
{
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    int64_t first = cvr_block_begin(w.n, rank, size);
    int64_t own = cvr_block_begin(w.n, rank + 1, size) - first;
    cvr_dataset *data = NULL;
    cvr_mat X = {0}, Y = {0};
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, w.d, &X));
    assert_int_equal(CVR_OK, cvr_mat_new(cvr_cpu(), type, own, w.C, &Y));
    fill(&w, first, X, Y);
    assert_int_equal(CVR_OK, cvr_dataset_from_matrix(X, Y, CVR_REGRESS, comm, &data));
    if (w.sparse)
        thin_out(data);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
    return data;
}
