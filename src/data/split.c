/* Rows drawn by the seed: a test set, or one of K folds. Row i of all has the number
   u_i = uniform(seed, i), which puts the rows into an order; the first m are held out, or
   every K-th from the k-th on. So they are the same rows at any process count. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/sparse.h"

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
    bool *held;     /* own rows; NULL: all are */
    int64_t own;    /* of them held */
    int64_t before; /* held by the processes before this one */
    int64_t all;
} drawn;

static cvr_status draw_rows(const cvr_dataset *data, draw d, drawn *r)
{
    cvr_status status = CVR_OK;
    ticket *order = NULL;
    CVR_TRY(draw_order(d.seed, d.purpose, data->rows, &order));
    CVR_TRY(cvr_alloc(data->X.rows, sizeof *r->held, "drawn rows", (void **)&r->held));
    for (int64_t place = d.from; place < d.to; place += d.step) {
        int64_t here = order[place].row - data->first;
        r->all++;
        r->before += here < 0;
        if (here >= 0 && here < data->X.rows) {
            r->held[here] = true;
            r->own++;
        }
    }
done:
    cvr_release(order);
    return status;
}

/* ---- moving rows --------------------------------------------------------------------
 */

/* Splits the rows of a column where they lie: those held go to `out`, the others close
   up. `to` may lie before `column`, never behind it. */
static void split_column(const bool *held, int64_t rows, size_t size, const char *column,
                         char *to, char *out)
{
    for (int64_t i = 0; i < rows; i++) {
        char **place = held[i] ? &out : &to;
        memmove(*place, column + (size_t)i * size, size);
        *place += size;
    }
}

static void split_rows(cvr_mat *A, cvr_mat B, const bool *held)
{
    size_t size = A->type == CVR_SINGLE ? sizeof(float) : sizeof(double);
    int64_t left = A->rows - B.rows;
    for (int64_t j = 0; j < A->cols; j++)
        split_column(held, A->rows, size, (char *)A->data + (size_t)(j * A->ld) * size,
                     (char *)A->data + (size_t)(j * left) * size,
                     (char *)B.data + (size_t)(j * B.ld) * size);
    A->rows = A->ld = left;
}

static void split_sparse(cvr_dataset *data, cvr_dataset *held, const bool *rows)
{
    cvr_sparse_split(&data->S, rows, &held->S);
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
                           cvr_sparse_count(&data->S, r->held), &S));
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
        CVR_TRY(cvr_dataset_new(data->source, data->X.type, r->all, r->before, r->own,
                                data->X.cols, data->outputs, like));
    CVR_TRY(copy_facts(data, *like));
done:
    return status;
}

/* Everything that can fail; data is not touched. */
static cvr_status make_held(const cvr_dataset *data, draw d, drawn *r, cvr_dataset **held)
{
    cvr_status status = CVR_OK;
    CVR_TRY(draw_rows(data, d, r));
    CVR_TRY(new_like(data, r, held));
done:
    return status;
}

static cvr_status move_out(cvr_dataset *data, draw d, cvr_comm *comm, cvr_dataset **held)
{
    cvr_status status = CVR_OK;
    drawn r = {0};
    *held = NULL;
    CVR_TRY(cvr_allreduce_status(comm, make_held(data, d, &r, held)));
    if (data->S.start)
        split_sparse(data, *held, r.held);
    else
        split_rows(&data->X, (*held)->X, r.held);
    split_rows(&data->Y, (*held)->Y, r.held);
    data->rows -= r.all;
    data->first -= r.before;
    cvr_dataset_fill_ones(data);
    cvr_dataset_fill_ones(*held);
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*held);
        *held = NULL;
    }
    cvr_release(r.held);
    return status;
}

/* ---- for all ------------------------------------------------------------------------
 */

cvr_status cvr_dataset_hold_out(cvr_dataset *data, double amount, uint64_t seed,
                                cvr_comm *comm, cvr_dataset **held)
{
    double count = amount < 1 ? rint(amount * (double)data->rows) : floor(amount);
    bool whole = amount < 1 || count == amount;
    *held = NULL;
    if (!(amount > 0) || !whole || count < 1 || count >= (double)data->rows)
        return cvr_fail(CVR_USAGE, "%s: cannot hold out %g of %lld rows", data->source,
                        amount, (long long)data->rows);
    draw d = {seed, CVR_FOR_HOLDOUT, 0, 1, (int64_t)count};
    return move_out(data, d, comm, held);
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
    cvr_dataset_fill_ones(*out);
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*out);
        *out = NULL;
    }
    return status;
}

cvr_status cvr_dataset_fold(const cvr_dataset *data, int folds, int fold, uint64_t seed,
                            cvr_comm *comm, cvr_dataset **rest, cvr_dataset **held)
{
    draw d = {seed, CVR_FOR_FOLDS, fold, folds, data->rows};
    cvr_status status = CVR_OK;
    *rest = *held = NULL;
    if (fold < 0 || fold >= folds)
        CVR_FAIL(CVR_USAGE, "fold %d of %d does not exist", fold, folds);
    if (folds < 2 || folds > data->rows)
        CVR_FAIL(CVR_USAGE, "%s: %lld rows do not make %d folds", data->source,
                 (long long)data->rows, folds);
    CVR_TRY(cvr_dataset_copy(data, comm, rest));
    CVR_TRY(move_out(*rest, d, comm, held));
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*rest);
        *rest = NULL;
    }
    return status;
}
