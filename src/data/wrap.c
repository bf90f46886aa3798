/* A data set from matrices that the caller has. */
#include <math.h>

#include "base/bytes.h"
#include "data/dataset.h"

static cvr_status check_finite(cvr_mat A, const char *what, int64_t first)
{
    if (cvr_all_finite(A))
        return CVR_OK;
    for (int64_t i = 0; i < A.rows; i++)
        for (int64_t j = 0; j < A.cols; j++)
            if (!isfinite(cvr_get(A, i, j)))
                return cvr_fail(
                    CVR_BAD_DATA, "%s: row %lld, column %lld: %g is not finite", what,
                    (long long)(first + i) + 1, (long long)j + 1, cvr_get(A, i, j));
    return CVR_OK;
}

/* Own rows of all processes: how many there are, and how many come before. */
static cvr_status count_rows(int64_t own, cvr_comm *comm, int64_t *rows, int64_t *first)
{
    cvr_status status = CVR_OK;
    double *counts = NULL;
    int size = cvr_comm_size(comm), rank = cvr_comm_rank(comm);
    CVR_TRY(
        cvr_agree(comm, cvr_alloc(size, sizeof *counts, "row counts", (void **)&counts)));
    counts[rank] = (double)own;
    CVR_TRY(cvr_sum_scalars(comm, counts, size));
    *rows = *first = 0;
    for (int p = 0; p < size; p++) {
        *first += p < rank ? (int64_t)counts[p] : 0;
        *rows += (int64_t)counts[p];
    }
done:
    cvr_release(counts);
    return status;
}

static cvr_status note_all(cvr_labels *l, cvr_mat values, bool skip_nan)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    for (int64_t i = 0; i < values.rows; i++)
        for (int64_t j = 0; j < values.cols; j++)
            if (!skip_nan || !isnan(cvr_get(values, i, j)))
                CVR_TRY(cvr_labels_note(l, cvr_get(values, i, j), NULL, &code, &kept));
done:
    return status;
}

/* The labels of all processes: each sends its own, with NaN for none, or a fraction that
   says "values". */
static cvr_status gather_labels(cvr_labels *own, cvr_comm *comm, cvr_labels *all)
{
    cvr_status status = CVR_OK;
    cvr_mat part = {0}, whole = {0};
    int most = own->task == CVR_TASK_AUTO ? CVR_MOST_AUTO_CLASSES : CVR_MOST_CLASSES;
    status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 1, most, &part);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, cvr_comm_size(comm), most, &whole);
    CVR_TRY(cvr_agree(comm, status));
    for (int k = 0; k < most; k++)
        cvr_set(part, 0, k, k < own->count ? own->item[k].value : NAN);
    if (own->values)
        cvr_set(part, 0, 0, 0.5);
    CVR_TRY(cvr_gather(comm, part, whole));
    all->task = own->task;
    CVR_TRY(cvr_agree(comm, note_all(all, whole, true)));
    CVR_TRY(cvr_agree(comm, cvr_labels_settle(all, "the matrix")));
done:
    cvr_mat_free(&part);
    cvr_mat_free(&whole);
    return status;
}

/* One column of targets: what classes it makes, or that it is for regression. */
static cvr_status find_labels(cvr_mat Y, cvr_task task, cvr_comm *comm, cvr_labels *all)
{
    cvr_status status = CVR_OK;
    cvr_labels own = {.task = task};
    CVR_TRY(cvr_agree(comm, note_all(&own, Y, false)));
    CVR_TRY(gather_labels(&own, comm, all));
done:
    cvr_labels_free(&own);
    return status;
}

/* Several columns are classes when each row has a one among zeroes. */
static cvr_status one_hot_labels(cvr_mat Y, cvr_labels *l)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    for (int64_t i = 0; i < Y.rows; i++) {
        int64_t ones = 0, zeroes = 0;
        for (int64_t j = 0; j < Y.cols; j++) {
            ones += cvr_get(Y, i, j) == 1;
            zeroes += cvr_get(Y, i, j) == 0;
        }
        if (ones != 1 || zeroes != Y.cols - 1)
            CVR_FAIL(CVR_BAD_DATA, "row %lld of Y is not one-hot", (long long)i + 1);
    }
    l->task = CVR_CLASSIFY;
    for (int64_t j = 0; j < Y.cols; j++)
        CVR_TRY(cvr_labels_note(l, (double)j, NULL, &code, &kept));
    CVR_TRY(cvr_labels_settle(l, "the matrix"));
done:
    return status;
}

static void encode(cvr_mat Y, cvr_labels *l, cvr_dataset *d)
{
    if (d->task == CVR_REGRESS || Y.cols > 2) {
        cvr_copy(d->Y, Y);
        return;
    }
    for (int64_t i = 0; i < Y.rows; i++) {
        int64_t k =
            Y.cols == 1 ? cvr_labels_find(l, cvr_get(Y, i, 0)) : cvr_get(Y, i, 1) == 1;
        cvr_class_encode(d->Y, i, k, l->count);
    }
}

static cvr_status build(cvr_mat X, cvr_mat Y, int64_t rows, int64_t first, cvr_labels *l,
                        cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    bool classes = l->task == CVR_CLASSIFY;
    int outputs = classes ? cvr_class_outputs(l->count) : (int)Y.cols;
    CVR_TRY(check_finite(X, "X", first));
    CVR_TRY(check_finite(Y, "Y", first));
    CVR_TRY(cvr_dataset_new("the matrix", X.type, rows, first, X.rows, X.cols, outputs,
                            data));
    CVR_TRY(cvr_dataset_classes(*data, l));
    cvr_copy((*data)->X, X);
    encode(Y, l, *data);
done:
    return status;
}

static cvr_status check_alike(cvr_mat X, cvr_mat Y)
{
    if (X.rows == Y.rows)
        return CVR_OK;
    return cvr_fail(CVR_USAGE, "%lld rows of X and %lld of Y do not fit",
                    (long long)X.rows, (long long)Y.rows);
}

cvr_status cvr_dataset_wrap(cvr_mat X, cvr_mat Y, cvr_task task, cvr_comm *comm,
                            cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_labels labels = {.task = CVR_REGRESS};
    int64_t rows = 0, first = 0;
    *data = NULL;
    CVR_TRY(cvr_agree(comm, check_alike(X, Y)));
    CVR_TRY(count_rows(X.rows, comm, &rows, &first));
    if (Y.cols == 1 && task != CVR_REGRESS)
        CVR_TRY(find_labels(Y, task, comm, &labels));
    else if (Y.cols > 1 && task == CVR_CLASSIFY)
        CVR_TRY(cvr_agree(comm, one_hot_labels(Y, &labels)));
    CVR_TRY(cvr_agree(comm, build(X, Y, rows, first, &labels, data)));
done:
    cvr_labels_free(&labels);
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    return status;
}
