/* A test set drawn from the rows. Row i of all has the number u_i = uniform(seed, i); the
   m least are held out. So it is the same set at any process count. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "data/dataset.h"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double draw(uint64_t seed, int64_t row)
{
    return cvr_random_uniform(seed, CVR_FOR_HOLDOUT, row, 0);
}

static cvr_status count_held(const cvr_dataset *data, double amount, int64_t *held)
{
    double count = amount < 1 ? rint(amount * (double)data->rows) : rint(amount);
    if (!(amount > 0) || count < 1 || count >= (double)data->rows)
        return cvr_fail(CVR_USAGE, "%s: cannot hold out %g of %lld rows", data->source,
                        amount, (long long)data->rows);
    *held = (int64_t)count;
    return CVR_OK;
}

/* The greatest number that is held out. Of equal ones (2^-52 likely) all are. */
static cvr_status find_limit(uint64_t seed, int64_t rows, int64_t held, double *limit)
{
    double *u = NULL;
    cvr_status status = cvr_alloc(rows, sizeof *u, "the hold-out draw", (void **)&u);
    if (status != CVR_OK)
        return status;
    for (int64_t i = 0; i < rows; i++)
        u[i] = draw(seed, i);
    qsort(u, (size_t)rows, sizeof *u, by_size);
    *limit = u[held - 1];
    cvr_release(u);
    return status;
}

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

typedef struct draw_result {
    bool *held;     /* own rows */
    int64_t own;    /* of them held */
    int64_t before; /* held by the processes before this one */
    int64_t all;
} draw_result;

static cvr_status draw_rows(const cvr_dataset *data, double amount, uint64_t seed,
                            draw_result *r)
{
    cvr_status status = CVR_OK;
    double limit = 0;
    CVR_TRY(count_held(data, amount, &r->all));
    CVR_TRY(find_limit(seed, data->rows, r->all, &limit));
    CVR_TRY(
        cvr_alloc(data->X.rows, sizeof *r->held, "the hold-out draw", (void **)&r->held));
    r->all = 0;
    for (int64_t i = 0; i < data->rows; i++) {
        bool in = draw(seed, i) <= limit;
        int64_t here = i - data->first;
        r->all += in;
        r->before += in && here < 0;
        if (here >= 0 && here < data->X.rows) {
            r->held[here] = in;
            r->own += in;
        }
    }
done:
    return status;
}

static cvr_status copy_facts(const cvr_dataset *data, cvr_dataset *held)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_transform_copy(&data->transform, &held->transform));
    held->task = data->task;
    if (!data->classes)
        return CVR_OK;
    CVR_TRY(cvr_alloc(data->classes, sizeof *held->class_names, "class names",
                      (void **)&held->class_names));
    held->classes = data->classes;
    for (int k = 0; k < data->classes; k++)
        CVR_TRY(cvr_text_copy(data->class_names[k], &held->class_names[k]));
done:
    return status;
}

/* Everything that can fail; data is not touched. */
static cvr_status make_held(const cvr_dataset *data, double amount, uint64_t seed,
                            draw_result *r, cvr_dataset **held)
{
    cvr_status status = CVR_OK;
    *held = NULL;
    CVR_TRY(draw_rows(data, amount, seed, r));
    CVR_TRY(cvr_dataset_new(data->source, data->X.type, r->all, r->before, r->own,
                            data->X.cols, data->outputs, held));
    CVR_TRY(copy_facts(data, *held));
done:
    return status;
}

cvr_status cvr_dataset_hold_out(cvr_dataset *data, double amount, uint64_t seed,
                                cvr_comm *comm, cvr_dataset **held)
{
    cvr_status status = CVR_OK;
    draw_result r = {0};
    CVR_TRY(cvr_agree(comm, make_held(data, amount, seed, &r, held)));
    split_rows(&data->X, (*held)->X, r.held);
    split_rows(&data->Y, (*held)->Y, r.held);
    data->rows -= r.all;
    data->first -= r.before;
done:
    if (status != CVR_OK) {
        cvr_dataset_free(*held);
        *held = NULL;
    }
    cvr_release(r.held);
    return status;
}
