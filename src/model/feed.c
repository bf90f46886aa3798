/* Z = X W' + b; for sparse rows Z = S W' + (b - W offset), some units at a time. */
#include "model/feed.h"

#include "linalg/mats.h"
#include "linalg/sparse.h"

/* Some units in double: weights (units x inputs), constants, and what they make of the
   rows, both ways round. */
typedef struct units {
    cvr_mat W, b, Zt, Z;
} units;

static cvr_status take(int64_t count, const cvr_sparse *S, units *u)
{
    const cvr_backend *device = cvr_cpu();
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(device, CVR_DOUBLE, count, S->cols, &u->W));
    CVR_TRY(cvr_mat_new(device, CVR_DOUBLE, count, 1, &u->b));
    CVR_TRY(cvr_mat_new(device, CVR_DOUBLE, count, S->rows, &u->Zt));
    CVR_TRY(cvr_mat_new(device, CVR_DOUBLE, S->rows, count, &u->Z));
done:
    return status;
}

/* Columns j, j + 1, ... of Z: as many as u has room for. */
static void feed_units(const cvr_feed *in, const cvr_layer *layer, cvr_mat Z, int64_t j,
                       units *u)
{
    int64_t left = Z.cols - j, count = left < u->b.rows ? left : u->b.rows;
    cvr_mat W = cvr_mat_rows(u->W, 0, count), b = cvr_mat_rows(u->b, 0, count);
    cvr_mat Zt = cvr_mat_rows(u->Zt, 0, count), z = cvr_mat_cols(u->Z, 0, count);
    cvr_copy(W, cvr_mat_rows(layer->W, j, count));
    cvr_copy(b, cvr_mat_rows(layer->b, j, count));
    if (in->offset.data)
        cvr_gemm(b, -1, CVR_N, W, CVR_N, in->offset, 1);
    cvr_sparse_times(Zt, W, &in->S);
    cvr_transpose(z, Zt);
    cvr_add_row(z, b);
    cvr_copy(cvr_mat_cols(Z, j, count), z);
}

static cvr_status feed_sparse(const cvr_feed *in, const cvr_layer *layer, cvr_mat Z)
{
    enum { UNITS = 16 };
    units u = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(take(Z.cols < UNITS ? Z.cols : UNITS, &in->S, &u));
    for (int64_t j = 0; j < Z.cols; j += UNITS)
        feed_units(in, layer, Z, j, &u);
done:
    CVR_MATS_FREE(&u.W, &u.b, &u.Zt, &u.Z);
    return status;
}

void cvr_feed_dense(const cvr_feed *in, int64_t first, cvr_mat X)
{
    const cvr_sparse *S = &in->S;
    for (int64_t j = 0; j < X.cols; j++)
        cvr_fill(cvr_mat_cols(X, j, 1),
                 in->offset.data ? 0 - cvr_get(in->offset, j, 0) : 0);
    for (int64_t i = 0; i < X.rows; i++)
        for (int64_t e = S->start[first + i]; e < S->start[first + i + 1]; e++)
            cvr_set(X, i, S->index[e], cvr_get(X, i, S->index[e]) + cvr_sparse_get(S, e));
}

cvr_status cvr_feed_layer(const cvr_feed *in, const cvr_layer *layer, cvr_mat Z)
{
    if (in->S.start)
        return feed_sparse(in, layer, Z);
    if (in->X.cols > 0)
        cvr_gemm(Z, 1, CVR_N, in->X, CVR_T, layer->W, 0);
    else
        cvr_fill(Z, 0);
    cvr_add_row(Z, layer->b);
    return CVR_OK;
}
