/* What a model says of rows in an array: block after block, each transformed as the
   training rows were. */
#include <cvxrelu/fit.h>

#include <math.h>

#include "data/columns.h"
#include "data/csr.h"
#include "data/dataset.h"
#include "data/strided.h"
#include "linalg/mats.h"
#include "linalg/sparse.h"
#include "model/score.h"

enum { BLOCK = 2048 };

static cvr_status check(const cvr_model *m, cvr_array *X, cvr_array *out)
{
    bool classes = out->type >= CVR_INT64;
    cvr_status status = CVR_OK;
    if (!m || m->depth < 1)
        CVR_FAIL(CVR_USAGE, "there is no model to predict with");
    CVR_TRY(cvr_array_check("X", X));
    CVR_TRY(cvr_array_check("out", out));
    if (out->type == CVR_CSR)
        CVR_FAIL(CVR_USAGE, "out: predictions are not sparse rows");
    if (X->type == CVR_CSR &&
        (m->transform.channels > 0 || !cvr_columns_plain(&m->transform.columns)))
        CVR_FAIL(CVR_USAGE,
                 "X: sparse rows have neither images nor missing values, which "
                 "the model has");
    if (classes && m->classes == 0)
        CVR_FAIL(CVR_USAGE, "out: of an integer type, and the model has no classes");
    if (out->type == CVR_UINT8 && m->classes > 256)
        CVR_FAIL(CVR_USAGE, "out: %d classes do not fit into a byte", m->classes);
    if (out->rows != X->rows || out->cols != (classes ? 1 : m->outputs))
        CVR_FAIL(CVR_USAGE, "out: predictions are %lld x %d, not %lld x %lld",
                 (long long)X->rows, classes ? 1 : m->outputs, (long long)out->rows,
                 (long long)out->cols);
done:
    return status;
}

/* Of a block that begins with row `first`. A number that is too large for a float is none
   there. */
static cvr_status put(const cvr_model *m, cvr_mat F, int64_t first, const cvr_array *out)
{
    for (int64_t i = 0; i < F.rows; i++) {
        for (int64_t c = 0; c < F.cols; c++) {
            double f = cvr_get(F, i, c);
            if (!isfinite(out->type == CVR_FLOAT32 ? (double)(float)f : f))
                return cvr_fail(CVR_NUMERICAL,
                                "row %lld: output %lld of the network is not finite",
                                (long long)(first + i) + 1, (long long)c + 1);
            if (out->type < CVR_INT64)
                cvr_array_set(out, first + i, c, f);
        }
        if (out->type >= CVR_INT64)
            cvr_array_set(out, first + i, 0, cvr_model_class(m, F, i));
    }
    return CVR_OK;
}

static bool fills(const cvr_column *c)
{
    return c->kind == CVR_COLUMN_CATEGORY || c->missing == CVR_MISSING_MEAN ||
           c->missing == CVR_MISSING_MEDIAN;
}

/* Whether a missing value may be there. */
static bool fills_any(const cvr_columns *c)
{
    for (int64_t j = 0; j < c->count; j++)
        if (fills(&c->item[j]))
            return true;
    return false;
}

static cvr_status take(const cvr_model *m, const cvr_array_source *s, int64_t first,
                       int64_t rows, cvr_dataset **data)
{
    cvr_type type = m->layers[0].W.type;
    cvr_sparse S = {0};
    cvr_status status = CVR_OK;
    if (s->a->type == CVR_CSR) {
        CVR_TRY(cvr_csr_rows(s, first, rows, type, &S));
        CVR_TRY(cvr_dataset_new_sparse("X", rows, 0, &S, m->outputs, data));
    } else {
        CVR_TRY(cvr_dataset_new("X", type, (cvr_extent){rows, 0, rows}, s->a->cols,
                                m->outputs, data));
        CVR_TRY(cvr_array_rows(s, first, (*data)->X));
    }
done:
    cvr_sparse_free(&S);
    return status;
}

/* Rows first .. first + rows - 1, raw, then as the model takes them. */
static cvr_status load(const cvr_model *m, const cvr_array *X, int64_t first,
                       int64_t rows, cvr_comm *comm, cvr_dataset **data)
{
    const cvr_array_source source = {"X", X, 0, fills_any(&m->transform.columns)};
    cvr_status status = CVR_OK;
    CVR_TRY(take(m, &source, first, rows, data));
    CVR_TRY(cvr_dataset_transform(*data, &m->transform, 0, NULL, comm));
    if (!(*data)->S.start && !cvr_all_finite((*data)->X))
        CVR_FAIL(
            CVR_BAD_DATA,
            "X: rows %lld to %lld: a value is missing that the model does not fill in",
            (long long)first + 1, (long long)(first + rows));
done:
    return status;
}

static cvr_status predict_block(const cvr_model *m, const cvr_array *X, int64_t first,
                                cvr_comm *comm, const cvr_array *out)
{
    int64_t rows = X->rows - first < BLOCK ? X->rows - first : BLOCK;
    cvr_dataset *data = NULL;
    cvr_mat F = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(load(m, X, first, rows, comm, &data));
    CVR_TRY(cvr_mat_new(cvr_cpu(), data->X.type, rows, m->outputs, &F));
    CVR_TRY(cvr_model_apply(m, data, F));
    CVR_TRY(put(m, F, first, out));
done:
    cvr_mat_free(&F);
    cvr_dataset_free(data);
    return status;
}

cvr_status cvr_predict(const cvr_model *m, cvr_array X, cvr_array out)
{
    cvr_comm *alone = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(check(m, &X, &out));
    CVR_TRY(cvr_comm_open("serial", &alone));
    for (int64_t i = 0; i < X.rows; i += BLOCK)
        CVR_TRY(predict_block(m, &X, i, alone, &out));
done:
    cvr_comm_free(alone);
    return status;
}
