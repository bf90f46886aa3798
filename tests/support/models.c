#include "support/models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/model.h"

static void fill(cvr_mat A, int64_t stream)
{
    for (int64_t j = 0; j < A.cols; j++)
        for (int64_t i = 0; i < A.rows; i++)
            cvr_set(A, i, j, cvr_random_gauss(7, CVR_FOR_WEIGHTS, i + 1000 * stream, j));
}

cvr_mat cvr_test_matrix(cvr_type type, int64_t rows, int64_t cols, int64_t stream)
{
    cvr_mat A = {0};
    assert_int_equal(cvr_mat_new(cvr_cpu(), type, rows, cols, &A), CVR_OK);
    fill(A, stream);
    return A;
}

static void fill_model(cvr_model *m)
{
    for (int i = 0; i < m->depth; i++) {
        fill(m->layers[i].W, 10 + i);
        fill(m->layers[i].b, 20 + i);
    }
    if (m->kind == CVR_GATED) {
        fill(m->gates.W, 30);
        fill(m->gates.b, 31);
    }
}

cvr_model cvr_test_network(cvr_type type, int depth, const int64_t *sizes)
{
    cvr_model m;
    assert_int_equal(cvr_model_new(type, depth, sizes, &m), CVR_OK);
    fill_model(&m);
    return m;
}

cvr_model cvr_test_gated(cvr_type type, int64_t inputs, int64_t gates, int outputs)
{
    cvr_model m;
    assert_int_equal(cvr_model_new_gated(type, inputs, gates, outputs, &m), CVR_OK);
    fill_model(&m);
    return m;
}
