/* A data set from matrices that the caller has. */
#include <math.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "linalg/ops.h"

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
    CVR_TRY(cvr_allreduce_status(
        comm, cvr_alloc(size, sizeof *counts, "row counts", (void **)&counts)));
    counts[rank] = (double)own;
    CVR_TRY(cvr_allreduce_sum(comm, counts, size));
    *rows = *first = 0;
    for (int p = 0; p < size; p++) {
        *first += p < rank ? (int64_t)counts[p] : 0;
        *rows += (int64_t)counts[p];
    }
done:
    cvr_release(counts);
    return status;
}

static cvr_status note_own(cvr_labels *l, cvr_mat Y)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    for (int64_t i = 0; i < Y.rows; i++)
        CVR_TRY(cvr_labels_note(l, cvr_get(Y, i, 0), NULL, &code, &kept));
done:
    return status;
}

/* Rows of `gathered` are the labels of a process and how often each came there; a first
   count of -1 means that there are too many. */
static cvr_status note_gathered(cvr_labels *l, cvr_mat gathered)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    for (int64_t p = 0; p < gathered.rows; p++)
        l->values = l->values || cvr_get(gathered, p, CVR_MOST_CLASSES) < 0;
    for (int64_t p = 0; p < gathered.rows; p++)
        for (int64_t k = 0; k < CVR_MOST_CLASSES; k++) {
            double count = cvr_get(gathered, p, CVR_MOST_CLASSES + k);
            if (!(count > 0))
                continue;
            CVR_TRY(cvr_labels_note(l, cvr_get(gathered, p, k), NULL, &code, &kept));
            cvr_labels_repeat(l, code, (int64_t)count - 1);
        }
done:
    return status;
}

static void list_own(const cvr_labels *own, cvr_mat part)
{
    for (int64_t k = 0; k < own->count; k++) {
        cvr_set(part, 0, k, own->item[k].value);
        cvr_set(part, 0, CVR_MOST_CLASSES + k, (double)own->item[k].count);
    }
    if (own->values)
        cvr_set(part, 0, CVR_MOST_CLASSES, -1);
}

/* The labels of all processes. */
static cvr_status gather_labels(const cvr_labels *own, cvr_comm *comm, cvr_labels *all)
{
    cvr_status status = CVR_OK;
    cvr_mat part = {0}, whole = {0};
    int64_t width = 2 * CVR_MOST_CLASSES;
    status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 1, width, &part);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, cvr_comm_size(comm), width, &whole);
    CVR_TRY(cvr_allreduce_status(comm, status));
    list_own(own, part);
    CVR_TRY(cvr_allgather(comm, part, whole));
    all->task = own->task;
    CVR_TRY(cvr_allreduce_status(comm, note_gathered(all, whole)));
    CVR_TRY(
        cvr_allreduce_status(comm, cvr_labels_settle(all, "the matrix", "the target")));
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
    CVR_TRY(cvr_allreduce_status(comm, note_own(&own, Y)));
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
    CVR_TRY(cvr_labels_settle(l, "the matrix", "the target"));
done:
    return status;
}

static cvr_status encode(cvr_mat Y, cvr_labels *l, cvr_dataset *d)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    if (d->task == CVR_REGRESS || Y.cols > 2) {
        cvr_copy(d->Y, Y);
        return CVR_OK;
    }
    for (int64_t i = 0; i < Y.rows; i++) {
        int64_t k = Y.cols == 2 && cvr_get(Y, i, 1) == 1;
        if (Y.cols == 1) {
            CVR_TRY(cvr_labels_note(l, cvr_get(Y, i, 0), NULL, &code, &kept));
            k = cvr_labels_find(l, code);
        }
        cvr_class_encode(d->Y, i, k, l->count);
    }
done:
    return status;
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
    CVR_TRY(encode(Y, l, *data));
done:
    return status;
}

static cvr_status check_alike(cvr_mat X, cvr_mat Y)
{
    if (X.rows == Y.rows)
        return CVR_OK;
    return cvr_fail(CVR_USAGE, "%lld rows of X do not match %lld rows of Y",
                    (long long)X.rows, (long long)Y.rows);
}

cvr_status cvr_dataset_from_matrix(cvr_mat X, cvr_mat Y, cvr_task task, cvr_comm *comm,
                                   cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    cvr_labels labels = {.task = CVR_REGRESS};
    int64_t rows = 0, first = 0;
    *data = NULL;
    CVR_TRY(cvr_allreduce_status(comm, check_alike(X, Y)));
    CVR_TRY(count_rows(X.rows, comm, &rows, &first));
    if (Y.cols == 1 && task != CVR_REGRESS)
        CVR_TRY(find_labels(Y, task, comm, &labels));
    else if (Y.cols > 1 && task == CVR_CLASSIFY)
        CVR_TRY(cvr_allreduce_status(comm, one_hot_labels(Y, &labels)));
    CVR_TRY(cvr_allreduce_status(comm, build(X, Y, rows, first, &labels, data)));
done:
    cvr_labels_free(&labels);
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    return status;
}
