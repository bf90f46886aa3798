/* A data set from arrays that the caller has: the one copy of X is made here. */
#include "data/from_arrays.h"
#include "base/bytes.h"
#include "data/csr.h"
#include "data/dataset.h"
#include "data/sparse.h"
#include "data/strided.h"
#include "linalg/mats.h"
#include "linalg/sparse.h"
#include "parallel/comm.h"

typedef struct arrays {
    cvr_array X, Y;
    cvr_type type; /* of the data set */
} arrays;

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

static cvr_status note_own(cvr_labels *l, const cvr_array *Y)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    for (int64_t i = 0; i < Y->rows; i++)
        CVR_TRY(cvr_labels_note(l, cvr_array_get(Y, i, 0), NULL, &code, &kept));
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
static cvr_status find_labels(const cvr_array *Y, cvr_task task, cvr_comm *comm,
                              cvr_labels *all)
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
static cvr_status one_hot_labels(const cvr_array *Y, cvr_labels *l)
{
    cvr_status status = CVR_OK;
    double code = 0;
    bool kept = true;
    for (int64_t i = 0; i < Y->rows; i++) {
        int64_t ones = 0, zeroes = 0;
        for (int64_t j = 0; j < Y->cols; j++) {
            ones += cvr_array_get(Y, i, j) == 1;
            zeroes += cvr_array_get(Y, i, j) == 0;
        }
        if (ones != 1 || zeroes != Y->cols - 1)
            CVR_FAIL(CVR_BAD_DATA, "row %lld of Y is not one-hot", (long long)i + 1);
    }
    l->task = CVR_CLASSIFY;
    for (int64_t j = 0; j < Y->cols; j++)
        CVR_TRY(cvr_labels_note(l, (double)j, NULL, &code, &kept));
    CVR_TRY(cvr_labels_settle(l, "the matrix", "the target"));
done:
    return status;
}

/* Y of the data set: values, one-hot rows as they are, or those of labels. */
static cvr_status encode(const cvr_array_source *Y, cvr_labels *l, cvr_dataset *d)
{
    cvr_status status = CVR_OK;
    const cvr_array *y = Y->a;
    double code = 0;
    bool kept = true;
    if (d->task == CVR_REGRESS || y->cols > 2)
        return cvr_array_rows(Y, 0, d->Y);
    for (int64_t i = 0; i < y->rows; i++) {
        int64_t k = y->cols == 2 && cvr_array_get(y, i, 1) == 1;
        if (y->cols == 1) {
            CVR_TRY(cvr_labels_note(l, cvr_array_get(y, i, 0), NULL, &code, &kept));
            k = cvr_labels_find(l, code);
        }
        cvr_class_encode(d->Y, i, k, l->count);
    }
done:
    return status;
}

/* Until the comm's question ends it. */
static cvr_status copy_rows(const cvr_array_source *s, cvr_comm *comm, cvr_mat X)
{
    enum { BLOCK = 1024 };
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < X.rows && !cvr_interrupt_poll(comm); i += BLOCK)
        CVR_TRY(cvr_array_rows(s, i, cvr_mat_rows(X, i, BLOCK)));
done:
    return status;
}

/* Rows of all processes, and the first own one; of sparse rows whether they stay so. */
typedef struct block {
    int64_t rows, first;
    bool sparse;
} block;

static cvr_status take_dense(const cvr_array_source *X, const arrays *from, block b,
                             int outputs, cvr_comm *comm, cvr_dataset **data)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_dataset_new("the matrix", from->type,
                            (cvr_extent){b.rows, b.first, X->a->rows}, X->a->cols,
                            outputs, data));
    CVR_TRY(copy_rows(X, comm, (*data)->X));
done:
    return status;
}

static cvr_status take_sparse(const cvr_array_source *X, const arrays *from, block b,
                              int outputs, cvr_dataset **data)
{
    cvr_sparse S = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_csr_rows(X, 0, X->a->rows, from->type, &S));
    CVR_TRY(cvr_dataset_new_sparse("the matrix", b.rows, b.first, &S, outputs, data));
    if (!b.sparse)
        CVR_TRY(cvr_dataset_make_dense(*data));
done:
    cvr_sparse_free(&S);
    return status;
}

static cvr_status build(const arrays *from, block b, cvr_comm *comm, cvr_labels *l,
                        cvr_dataset **data)
{
    const cvr_array_source X = {"X", &from->X, b.first, false};
    const cvr_array_source Y = {"Y", &from->Y, b.first, false};
    bool classes = l->task == CVR_CLASSIFY;
    int outputs = classes ? cvr_class_outputs(l->count) : (int)from->Y.cols;
    cvr_status status = CVR_OK;
    if (X.a->type == CVR_CSR)
        CVR_TRY(take_sparse(&X, from, b, outputs, data));
    else
        CVR_TRY(take_dense(&X, from, b, outputs, comm, data));
    CVR_TRY(cvr_dataset_classes(*data, l));
    CVR_TRY(encode(&Y, l, *data));
done:
    return status;
}

/* ---- checks ------------------------------------------------------------------------ */

static cvr_status check_own(arrays *from)
{
    cvr_status status = CVR_OK;
    if (from->type != CVR_DOUBLE && from->type != CVR_SINGLE)
        CVR_FAIL(CVR_USAGE, "%d is not a type of a data set", (int)from->type);
    CVR_TRY(cvr_array_check("X", &from->X));
    CVR_TRY(cvr_array_check("Y", &from->Y));
    if (from->Y.type == CVR_CSR)
        CVR_FAIL(CVR_USAGE, "Y: targets are not sparse rows");
    if (from->X.rows != from->Y.rows)
        CVR_FAIL(CVR_USAGE, "%lld rows of X do not match %lld rows of Y",
                 (long long)from->X.rows, (long long)from->Y.rows);
    if (from->Y.cols > INT32_MAX)
        CVR_FAIL(CVR_USAGE, "Y: %lld columns are too many", (long long)from->Y.cols);
done:
    return status;
}

/* The same columns and the same type on all processes. */
static cvr_status check_alike(const arrays *from, cvr_comm *comm)
{
    const double own[] = {(double)from->X.cols, (double)from->Y.cols, from->type,
                          from->X.type == CVR_CSR};
    double most[8];
    for (int k = 0; k < 4; k++) {
        most[2 * k] = own[k];
        most[2 * k + 1] = -own[k];
    }
    cvr_status status = cvr_allreduce_max(comm, most, 8);
    for (int k = 0; k < 4 && status == CVR_OK; k++)
        if (most[2 * k] != -most[2 * k + 1])
            status =
                cvr_fail(CVR_USAGE, "columns and types differ between the processes");
    return status;
}

/* Whether sparse rows stay so, by what all processes have. */
static cvr_status judge_sparse(const arrays *from, cvr_comm *comm, block *b)
{
    bool csr = from->X.type == CVR_CSR;
    double entries = csr ? (double)cvr_sparse_entries(from->X.data) : 0;
    cvr_status status = cvr_allreduce_sum(comm, &entries, 1);
    b->sparse = csr && cvr_stay_sparse(b->rows, from->X.cols, (int64_t)entries);
    return status;
}

/* ---- for all ----------------------------------------------------------------------- */

static cvr_status make(const arrays *from, cvr_task task, cvr_comm *comm,
                       cvr_labels *labels, cvr_dataset **data)
{
    const cvr_array *Y = &from->Y;
    cvr_array_source targets = {"Y", Y, 0, false};
    block b = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(check_alike(from, comm));
    CVR_TRY(count_rows(Y->rows, comm, &b.rows, &b.first));
    CVR_TRY(judge_sparse(from, comm, &b));
    targets.before = b.first;
    CVR_TRY(cvr_allreduce_status(comm, cvr_array_finite(&targets, from->type)));
    if (Y->cols == 1 && task != CVR_REGRESS)
        CVR_TRY(find_labels(Y, task, comm, labels));
    else if (Y->cols > 1 && task == CVR_CLASSIFY)
        CVR_TRY(cvr_allreduce_status(comm, one_hot_labels(Y, labels)));
    CVR_TRY(cvr_allreduce_status(comm, build(from, b, comm, labels, data)));
    CVR_TRY(cvr_interrupt_check(comm));
done:
    return status;
}

cvr_status cvr_dataset_from_arrays(cvr_array X, cvr_array Y, cvr_type type, cvr_task task,
                                   cvr_comm *comm, cvr_dataset **data)
{
    arrays from = {X, Y, type};
    cvr_labels labels = {.task = CVR_REGRESS};
    cvr_status status = CVR_OK;
    *data = NULL;
    CVR_TRY(cvr_allreduce_status(comm, check_own(&from)));
    CVR_TRY(make(&from, task, comm, &labels, data));
done:
    cvr_labels_free(&labels);
    if (status != CVR_OK) {
        cvr_dataset_free(*data);
        *data = NULL;
    }
    return status;
}

/* A as an array: of itself, or of a copy on the processor. */
static cvr_status as_array(cvr_mat A, cvr_mat *copy, cvr_array *a)
{
    cvr_status status = CVR_OK;
    *a = cvr_array_of(A);
    if (A.device == cvr_cpu() || A.rows == 0 || A.cols == 0)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), A.type, A.rows, A.cols, copy));
    cvr_copy(*copy, A);
    *a = cvr_array_of(*copy);
done:
    return status;
}

cvr_status cvr_dataset_from_matrix(cvr_mat X, cvr_mat Y, cvr_task task, cvr_comm *comm,
                                   cvr_dataset **data)
{
    cvr_mat x = {0}, y = {0};
    cvr_array of_x, of_y;
    cvr_status status = as_array(X, &x, &of_x);
    *data = NULL;
    if (status == CVR_OK)
        status = as_array(Y, &y, &of_y);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_dataset_from_arrays(of_x, of_y, X.type, task, comm, data));
done:
    CVR_MATS_FREE(&x, &y);
    return status;
}
