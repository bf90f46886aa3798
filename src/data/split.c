/* Rows drawn by the seed: a test set, or one of K folds. Row i of all has the number
   u_i = uniform(seed, i), which puts the rows into an order; the first m are held out, or
   every K-th from the k-th on. So they are the same rows at any process count. */
#include "data/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/sparse.h"
#include "data/transform.h"
#include "linalg/sparse.h"
#include "linalg/type.h"
#include "parallel/comm.h"

/* ---- drawing ----------------------------------------------------------------------- */

typedef struct ticket {
    double u;
    int64_t row;
} ticket;

static int by_number(const void *a, const void *b)
{
    const ticket *x = a, *y = b;
    int order = (x->u > y->u) - (x->u < y->u);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static cvr_status draw_order(uint64_t seed, uint32_t purpose, int64_t rows,
                             ticket **order)
{
    cvr_status status =
        cvr_alloc(rows, sizeof **order, "an order of rows", (void **)order);
    if (status != CVR_OK)
        return status;
    for (int64_t i = 0; i < rows; i++)
        (*order)[i] = (ticket){cvr_random_uniform(seed, purpose, i, 0), i};
    qsort(*order, (size_t)rows, sizeof **order, by_number);
    return status;
}

/* Of the places from, from + step, ... below `to` in the order. */
typedef struct draw {
    uint64_t seed;
    uint32_t purpose;
    int64_t from, step, to;
} draw;

typedef struct drawn {
    bool *test;     /* of the own rows; NULL: all are */
    int64_t own;    /* own test rows */
    int64_t before; /* test rows of the processes before this one */
    int64_t all;
} drawn;

static cvr_status draw_rows(const cvr_dataset *data, draw d, drawn *r)
{
    cvr_status status = CVR_OK;
    ticket *order = NULL;
    CVR_TRY(draw_order(d.seed, d.purpose, data->rows, &order));
    CVR_TRY(cvr_alloc(data->X.rows, sizeof *r->test, "drawn rows", (void **)&r->test));
    for (int64_t place = d.from; place < d.to; place += d.step) {
        int64_t here = order[place].row - data->first;
        r->all++;
        r->before += here < 0;
        if (here >= 0 && here < data->X.rows) {
            r->test[here] = true;
            r->own++;
        }
    }
done:
    cvr_release(order);
    return status;
}

/* ---- moving rows ------------------------------------------------------------------- */

/* Splits the rows of a column where they lie: test rows go to `out`, the others close
   up. `to` may lie before `column`, never behind it. */
static void split_column(const bool *test, int64_t rows, size_t size, const char *column,
                         char *to, char *out)
{
    for (int64_t i = 0; i < rows; i++) {
        char **place = test[i] ? &out : &to;
        memmove(*place, column + (size_t)i * size, size);
        *place += size;
    }
}

static void split_rows(cvr_mat *A, cvr_mat B, const bool *test)
{
    size_t size = cvr_type_size(A->type);
    int64_t left = A->rows - B.rows;
    for (int64_t j = 0; j < A->cols; j++)
        split_column(test, A->rows, size, (char *)A->data + (size_t)(j * A->ld) * size,
                     (char *)A->data + (size_t)(j * left) * size,
                     (char *)B.data + (size_t)(j * B.ld) * size);
    A->rows = A->ld = left;
}

static void split_sparse(cvr_dataset *data, cvr_dataset *test, const bool *rows)
{
    cvr_sparse_split(&data->S, rows, &test->S);
    data->X.rows = data->X.ld = data->S.rows;
}

static cvr_status copy_facts(const cvr_dataset *data, cvr_dataset *copy)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_transform_copy(&data->transform, &copy->transform));
    copy->task = data->task;
    copy->prepared = data->prepared;
    if (!data->classes)
        return CVR_OK;
    CVR_TRY(cvr_alloc(data->classes, sizeof *copy->class_names, "class names",
                      (void **)&copy->class_names));
    copy->classes = data->classes;
    for (int k = 0; k < data->classes; k++)
        CVR_TRY(cvr_text_copy(data->class_names[k], &copy->class_names[k]));
done:
    return status;
}

static cvr_status new_sparse_like(const cvr_dataset *data, const drawn *r,
                                  cvr_dataset **like)
{
    cvr_sparse S = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_sparse_new(data->S.type, r->own, data->S.cols,
                           cvr_sparse_count(&data->S, r->test), &S));
    CVR_TRY(
        cvr_dataset_new_sparse(data->source, r->all, r->before, &S, data->outputs, like));
    (*like)->X.cols = data->X.cols;
done:
    cvr_sparse_free(&S);
    return status;
}

/* Room for drawn rows of data's kind. */
static cvr_status new_like(const cvr_dataset *data, const drawn *r, cvr_dataset **like)
{
    cvr_status status = CVR_OK;
    if (data->S.start)
        CVR_TRY(new_sparse_like(data, r, like));
    else
        CVR_TRY(cvr_dataset_new(data->source, data->X.type,
                                (cvr_extent){r->all, r->before, r->own}, data->X.cols,
                                data->outputs, like));
    CVR_TRY(copy_facts(data, *like));
    if (data->W.data)
        CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, r->own, 1, &(*like)->W));
    if (data->class_weights)
        CVR_TRY(cvr_text_copy(data->class_weights, &(*like)->class_weights));
done:
    return status;
}

/* Everything that can fail; data is not touched. */
static cvr_status make_test(const cvr_dataset *data, draw d, drawn *r, cvr_dataset **test)
{
    cvr_status status = CVR_OK;
    CVR_TRY(draw_rows(data, d, r));
    CVR_TRY(new_like(data, r, test));
done:
    return status;
}

/* The rows of r go to *test, which has room for them. */
static void split_all(cvr_dataset *data, const drawn *r, cvr_dataset *test)
{
    if (data->S.start)
        split_sparse(data, test, r->test);
    else
        split_rows(&data->X, test->X, r->test);
    split_rows(&data->Y, test->Y, r->test);
    if (data->W.data)
        split_rows(&data->W, test->W, r->test);
    data->rows -= r->all;
    data->first -= r->before;
    cvr_dataset_fill_ones(data);
    cvr_dataset_fill_ones(test);
}

static cvr_status move_out(cvr_dataset *data, draw d, cvr_comm *comm, cvr_dataset **test)
{
    cvr_status status = CVR_OK;
    drawn r = {0};
    *test = NULL;
    CVR_TRY(cvr_allreduce_status(comm, make_test(data, d, &r, test)));
    CVR_TRY(cvr_interrupt_check(comm));
    split_all(data, &r, *test);
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*test);
        *test = NULL;
    }
    cvr_release(r.test);
    return status;
}

/* Own rows without weight; before: those of the processes before this one. */
static cvr_status find_weightless(const cvr_dataset *data, drawn *r)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(data->X.rows, sizeof *r->test, "rows", (void **)&r->test));
    for (int64_t i = 0; i < data->X.rows; i++)
        r->own += r->test[i] = cvr_get(data->W, i, 0) == 0;
done:
    return status;
}

/* counts: of the processes up to this one, this one's, of all. */
static cvr_status count_weightless(cvr_comm *comm, drawn *r)
{
    int rank = cvr_comm_rank(comm), size = cvr_comm_size(comm);
    cvr_status status = CVR_OK;
    for (int k = 0; k < size; k++) {
        double count = k == rank ? (double)r->own : 0;
        CVR_TRY(cvr_allreduce_sum(comm, &count, 1));
        r->all += (int64_t)count;
        r->before += k < rank ? (int64_t)count : 0;
    }
done:
    return status;
}

cvr_status cvr_dataset_drop_weightless(cvr_dataset *data, cvr_comm *comm)
{
    cvr_dataset *gone = NULL;
    drawn r = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, find_weightless(data, &r)));
    CVR_TRY(count_weightless(comm, &r));
    if (r.all == 0)
        goto done;
    if (r.all == data->rows)
        CVR_FAIL(CVR_BAD_DATA, "%s: no row has a weight above 0", data->source);
    CVR_TRY(cvr_allreduce_status(comm, new_like(data, &r, &gone)));
    split_all(data, &r, gone);
done:
    cvr_release(r.test);
    cvr_dataset_free(gone);
    return status;
}

/* ---- for all ----------------------------------------------------------------------- */

cvr_status cvr_dataset_split(cvr_dataset *data, double amount, uint64_t seed,
                             cvr_comm *comm, cvr_dataset **test)
{
    double count = amount < 1 ? rint(amount * (double)data->rows) : floor(amount);
    bool whole = amount < 1 || count == amount;
    *test = NULL;
    if (!(amount > 0) || !whole || count < 1 || count >= (double)data->rows)
        return cvr_fail(CVR_USAGE, "%s: cannot hold out %g of %lld rows", data->source,
                        amount, (long long)data->rows);
    draw d = {seed, CVR_FOR_HOLDOUT, 0, 1, (int64_t)count};
    return move_out(data, d, comm, test);
}

cvr_status cvr_dataset_copy(const cvr_dataset *data, cvr_comm *comm, cvr_dataset **out)
{
    cvr_status status = CVR_OK;
    *out = NULL;
    const drawn all = {NULL, data->X.rows, data->first, data->rows};
    CVR_TRY(cvr_allreduce_status(comm, new_like(data, &all, out)));
    if (data->S.start)
        cvr_sparse_copy(&(*out)->S, &data->S);
    else
        cvr_copy((*out)->X, data->X);
    cvr_copy((*out)->Y, data->Y);
    if (data->W.data)
        cvr_copy((*out)->W, data->W);
    cvr_dataset_fill_ones(*out);
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*out);
        *out = NULL;
    }
    return status;
}

cvr_status cvr_dataset_fold(const cvr_dataset *data, int folds, int fold, uint64_t seed,
                            cvr_comm *comm, cvr_dataset **train, cvr_dataset **test)
{
    draw d = {seed, CVR_FOR_FOLDS, fold, folds, data->rows};
    cvr_status status = CVR_OK;
    *train = *test = NULL;
    if (fold < 0 || fold >= folds)
        CVR_FAIL(CVR_USAGE, "fold %d of %d does not exist", fold, folds);
    if (folds < 2 || folds > data->rows)
        CVR_FAIL(CVR_USAGE, "%s: %lld rows do not make %d folds", data->source,
                 (long long)data->rows, folds);
    CVR_TRY(cvr_dataset_copy(data, comm, train));
    CVR_TRY(move_out(*train, d, comm, test));
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*train);
        *train = NULL;
    }
    return status;
}
