/* Rows of the data, dense or sparse. */
#include "solver/features.h"

#include <math.h>

#include "data/load_shared.h"
#include "linalg/mats.h"
#include "linalg/product.h"
#include "linalg/rows.h"
#include "parallel/comm.h"
#include "solver/coordinates.h"

int64_t cvr_features(const cvr_problem *q)
{
    const cvr_dataset *data = q->train;
    return data->X.cols - (data->prepared && data->transform.bias == CVR_BIAS_PENALISED);
}

/* The dense rows, with this number of columns, or none: then the data's are sparse. */
static cvr_mat dense(const cvr_problem *q, int64_t cols)
{
    cvr_mat X = q->coordinates ? q->train->X : q->X;
    X.cols = cols;
    return X;
}

/* ---- X H --------------------------------------------------------------------------- */

/* Some columns of H and Z, in double, both ways round. */
typedef struct strip {
    cvr_mat H, W, Zt, Z; /* width x k, k x features, k x own rows, own rows x k */
} strip;

static cvr_status new_strip(const cvr_sparse *S, int64_t width, int64_t k, strip *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, width, k, &s->H));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k, S->cols, &s->W));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, k, S->rows, &s->Zt));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, S->rows, k, &s->Z));
done:
    return status;
}

static void times_strip(const cvr_sparse *S, cvr_mat Z, cvr_mat H, const strip *s)
{
    cvr_mat h = cvr_mat_cols(s->H, 0, H.cols), W = cvr_mat_rows(s->W, 0, H.cols);
    cvr_mat Zt = cvr_mat_rows(s->Zt, 0, H.cols), z = cvr_mat_cols(s->Z, 0, H.cols);
    cvr_copy(h, H);
    cvr_transpose(W, cvr_mat_rows(h, 0, S->cols));
    cvr_sparse_times(Zt, W, S);
    cvr_transpose(z, Zt);
    for (int64_t j = 0; j < h.cols && H.rows > S->cols; j++)
        cvr_add_row(cvr_mat_cols(z, j, 1), cvr_mat_part(h, S->cols, j, 1, 1));
    cvr_copy(Z, z);
}

static cvr_status times_sparse(const cvr_sparse *S, cvr_mat Z, cvr_mat H)
{
    enum { COLUMNS = 16 };
    strip s = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(new_strip(S, H.rows, H.cols < COLUMNS ? H.cols : COLUMNS, &s));
    for (int64_t j = 0; j < H.cols; j += COLUMNS) {
        int64_t left = H.cols - j, count = left < COLUMNS ? left : COLUMNS;
        times_strip(S, cvr_mat_cols(Z, j, count), cvr_mat_cols(H, j, count), &s);
    }
done:
    CVR_MATS_FREE(&s.H, &s.W, &s.Zt, &s.Z);
    return status;
}

/* Z = X H where X is: rows behind coordinates stay on the processor. */
static cvr_status times_dense(cvr_mat X, cvr_mat Z, cvr_mat H)
{
    cvr_mat own = {0}, z = Z, made = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_bring(X.device, H, &own, &H));
    if (Z.device != X.device) {
        CVR_TRY(cvr_mat_new(X.device, Z.type, Z.rows, Z.cols, &made));
        z = made;
    }
    CVR_TRY(cvr_product_verified("X H of the gates", z, CVR_N, X, CVR_N, H, false));
    if (made.data)
        cvr_copy(Z, made);
done:
    CVR_MATS_FREE(&own, &made);
    return status;
}

cvr_status cvr_features_times(const cvr_problem *q, cvr_mat Z, cvr_mat H)
{
    cvr_mat X = dense(q, H.rows);
    return X.data ? times_dense(X, Z, H) : times_sparse(&q->train->S, Z, H);
}

/* ---- single rows ------------------------------------------------------------------- */

/* b = own row i. */
static void fetch(const cvr_problem *q, int64_t i, cvr_mat b)
{
    cvr_mat X = dense(q, b.rows);
    const cvr_sparse *S = &q->train->S;
    if (X.data) {
        cvr_transpose(b, cvr_mat_part(X, i, 0, 1, X.cols));
        return;
    }
    for (int64_t e = S->start[i]; e < S->start[i + 1]; e++)
        cvr_set(b, S->index[e], 0, cvr_sparse_get(S, e));
    if (b.rows > S->cols)
        cvr_set(b, S->cols, 0, 1);
}

/* Where the rows are, then to B. */
cvr_status cvr_features_fetch(const cvr_problem *q, const int64_t *index, cvr_mat B)
{
    const cvr_backend *device = q->coordinates ? cvr_cpu() : B.device;
    cvr_mat there = {0};
    cvr_status status = cvr_mat_new(device, B.type, B.rows, B.cols, &there);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    for (int64_t j = 0; j < B.cols; j++) {
        int64_t own = index[j] - q->first;
        if (own >= 0 && own < q->X.rows)
            fetch(q, own, cvr_mat_cols(there, j, 1));
    }
    CVR_TRY(cvr_allreduce(q->comm, there));
    cvr_copy(B, there);
done:
    cvr_mat_free(&there);
    return status;
}

cvr_status cvr_features_read(const cvr_problem *q, const char *path, cvr_mat *H)
{
    return cvr_allreduce_status(q->comm, cvr_mat_read(path, q->X.type, H));
}

cvr_status cvr_features_lengths(const cvr_problem *q, cvr_mat r)
{
    cvr_mat X = dense(q, cvr_features(q)), own = {0};
    const cvr_sparse *S = &q->train->S;
    if (X.data && r.device == X.device)
        return cvr_row_lengths(r, X);
    if (X.data) {
        cvr_status status = cvr_mat_new(X.device, r.type, r.rows, 1, &own);
        status = status == CVR_OK ? cvr_row_lengths(own, X) : status;
        if (status == CVR_OK)
            cvr_copy(r, own);
        cvr_mat_free(&own);
        return status;
    }
    for (int64_t i = 0; i < S->rows; i++) {
        double sum = 0;
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++)
            sum += cvr_sparse_get(S, e) * cvr_sparse_get(S, e);
        cvr_set(r, i, 0, sqrt(sum));
    }
    return CVR_OK;
}

/* ---- a model ----------------------------------------------------------------------- */

/* y = X's over own rows, in double; *size = |X|_F. s: n x 2, signs and work. */
static void sum_rows(const cvr_problem *q, cvr_mat s, cvr_mat y, double *size)
{
    cvr_mat X = dense(q, y.rows);
    const cvr_sparse *S = &q->train->S;
    double *sums = y.data, size2 = 0;
    if (X.data) {
        cvr_plain_product(y, CVR_T, X, cvr_mat_cols(s, 0, 1), cvr_mat_cols(s, 1, 1));
        *size = cvr_norm_bound(X);
        return;
    }
    for (int64_t i = 0; i < S->rows; i++)
        for (int64_t e = S->start[i]; e < S->start[i + 1]; e++) {
            double x = cvr_sparse_get(S, e);
            sums[S->index[e]] += cvr_get(s, i, 0) * x;
            size2 += x * x;
        }
    *size = sqrt(size2);
}

/* What coordinates have been through: squares of X's condition up to 1e6, corrected. */
static double roughness(cvr_type type)
{
    return type == CVR_DOUBLE ? 1e3 : 1;
}

/* W = V Q: X W' = A V' and |W| = |V|, without BLAS (linalg/product.h); own rows only. */
static cvr_status check_model(const cvr_problem *q, cvr_mat V, cvr_mat W)
{
    const cvr_coordinates *c = q->coordinates;
    cvr_mat A = cvr_mat_cols(c->A, 0, c->r),
            like = {.type = CVR_DOUBLE, .device = W.device};
    cvr_mat s = {0}, y = {0}, a = {0}, y1 = {0}, a1 = {0}, work = {0};
    double size, change, rough = roughness(W.type);
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(like, A.rows, 2, &s));
    CVR_TRY(CVR_MATS_NEW(like, W.cols, 1, &y));
    CVR_TRY(CVR_MATS_NEW(like, A.cols, 1, &a));
    CVR_TRY(CVR_MATS_NEW(like, W.rows, 1, &y1, &a1, &work));
    cvr_draw_signs(cvr_mat_cols(s, 0, 1), 0, q->first, 4);
    sum_rows(q, s, y, &size);
    cvr_plain_product(a, CVR_T, A, cvr_mat_cols(s, 0, 1), cvr_mat_cols(s, 1, 1));
    cvr_plain_product(y1, CVR_N, W, y, work);
    cvr_plain_product(a1, CVR_N, V, a, work);
    size *= cvr_norm_bound(W);
    change = fabs(cvr_norm_bound(W) - cvr_norm_bound(V));
    CVR_TRY(cvr_product_judge("X W' of the weights over all features",
                              sqrt(cvr_distance2(y1, a1)), (double)(W.cols + A.rows),
                              W.type, rough * size));
    CVR_TRY(cvr_product_judge("W = V Q of the weights over all features", change,
                              (double)W.cols, W.type, rough * cvr_norm_bound(V)));
done:
    CVR_MATS_FREE(&s, &y, &a, &y1, &a1, &work);
    return status;
}

cvr_status cvr_features_model(const cvr_problem *q, cvr_model *m)
{
    const cvr_coordinates *c = q->coordinates;
    cvr_mat W = {0}, *first = &m->layers[0].W;
    cvr_status status = CVR_OK;
    if (!c)
        return CVR_OK;
    CVR_TRY(cvr_mat_new(first->device, first->type, first->rows, c->rows.d, &W));
    CVR_TRY(cvr_coordinates_weights(c, *first, W));
    CVR_TRY(check_model(q, *first, W));
    cvr_mat_free(first);
    *first = W;
    W = (cvr_mat){0};
done:
    cvr_mat_free(&W);
    return status;
}
