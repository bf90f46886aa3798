/* Making and freeing data sets. */
#include "data/dataset.h"

#include "base/bytes.h"
#include "base/machine.h"
#include "data/transform.h"
#include "linalg/ops.h"
#include "linalg/sparse.h"
#include "linalg/type.h"

int64_t cvr_block_begin(int64_t n, int rank, int size)
{
    return n / size * rank + n % size * rank / size;
}

cvr_status cvr_enough_memory(const char *source, cvr_type type, int64_t own,
                             int64_t features)
{
    int64_t bytes = cvr_mat_bytes(type, own, features);
    int64_t available = cvr_memory_available();
    if (bytes >= 0 && bytes <= available)
        return CVR_OK;
    cvr_fail(CVR_NO_MEMORY,
             "%s: %lld rows of %lld columns take %.1f GiB, %.1f GiB are free", source,
             (long long)own, (long long)features,
             (double)own * (double)features * (double)cvr_type_size(type) / 0x1p30,
             (double)available / 0x1p30);
    cvr_hint("--rows, --precision single or more processes need less");
    return CVR_NO_MEMORY;
}

/* All but the rows: of X the shape, Y. */
static cvr_status new_without_rows(const char *source, cvr_mat X, int64_t rows,
                                   int64_t first, int outputs, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_dataset *d = NULL;
    CVR_TRY(cvr_alloc(1, sizeof *d, "a data set", (void **)&d));
    CVR_TRY(cvr_text_copy(source, &d->source));
    CVR_TRY(cvr_mat_new(cvr_cpu(), X.type, X.rows, outputs, &d->Y));
    d->X = X;
    d->rows = rows;
    d->first = first;
    d->task = CVR_REGRESS;
    d->outputs = outputs;
    d->transform.libsvm_base = -1;
    d->transform.bias = CVR_BIAS_NONE;
    d->transform.features = d->transform.raw_features = X.cols;
    *data = d;
    d = NULL;
done:
    cvr_dataset_free(d);
    return status;
}

void cvr_dataset_fill_ones(cvr_dataset *data)
{
    cvr_mat X = data->X;
    if (!data->prepared || data->S.start)
        return;
    X.cols += data->transform.bias != CVR_BIAS_PENALISED;
    cvr_fill(cvr_mat_cols(X, X.cols - 1, 1), 1);
}

cvr_status cvr_dataset_new(const char *source, cvr_type type, cvr_extent e,
                           int64_t features, int outputs, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_mat X = {0};
    *data = NULL;
    CVR_TRY(cvr_enough_memory(source, type, e.own, features + 1));
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, e.own, features + 1, &X));
    X.cols = features;
    CVR_TRY(new_without_rows(source, X, e.rows, e.first, outputs, data));
    X = (cvr_mat){0};
done:
    cvr_mat_free(&X);
    return status;
}

cvr_status cvr_dataset_new_like(const cvr_dataset *like, int64_t features, int outputs,
                                cvr_dataset **data)
{
    cvr_extent e = {like->rows, like->first, like->X.rows};
    return cvr_dataset_new(like->source, like->X.type, e, features, outputs, data);
}

cvr_status cvr_dataset_new_sparse(const char *source, int64_t rows, int64_t first,
                                  cvr_sparse *S, int outputs, cvr_dataset **data)
{
    cvr_mat X = {S->rows, S->cols, S->rows, S->type, cvr_cpu(), NULL};
    *data = NULL;
    cvr_status status = new_without_rows(source, X, rows, first, outputs, data);
    if (status != CVR_OK)
        return status;
    (*data)->S = *S;
    *S = (cvr_sparse){0};
    return CVR_OK;
}

cvr_status cvr_dataset_classes(cvr_dataset *d, const cvr_labels *l)
{
    cvr_status status = CVR_OK;
    d->task = l->task;
    if (l->task == CVR_REGRESS)
        return CVR_OK;
    CVR_TRY(cvr_alloc(l->count, sizeof *d->class_names, "class names",
                      (void **)&d->class_names));
    d->classes = (int)l->count;
    for (int64_t k = 0; k < l->count; k++)
        CVR_TRY(cvr_text_copy(l->item[k].name, &d->class_names[l->item[k].place]));
done:
    return status;
}

void cvr_dataset_free(cvr_dataset *d)
{
    if (!d)
        return;
    cvr_mat_free(&d->X);
    cvr_sparse_free(&d->S);
    cvr_mat_free(&d->Y);
    cvr_mat_free(&d->W);
    cvr_release(d->class_weights);
    for (int k = 0; d->class_names && k < d->classes; k++)
        cvr_release(d->class_names[k]);
    cvr_release(d->class_names);
    cvr_transform_free(&d->transform);
    cvr_release(d->source);
    cvr_release(d);
}

cvr_mat cvr_mat_of(const double *v, int64_t rows, int64_t cols)
{
    return (cvr_mat){rows, cols, rows, CVR_DOUBLE, cvr_cpu(), (double *)v};
}

void cvr_column_get(cvr_mat A, int64_t j, double *v)
{
    cvr_copy(cvr_mat_of(v, A.rows, 1), cvr_mat_cols(A, j, 1));
}

void cvr_column_set(cvr_mat A, int64_t j, const double *v)
{
    cvr_copy(cvr_mat_cols(A, j, 1), cvr_mat_of(v, A.rows, 1));
}
