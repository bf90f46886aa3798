/* K = X X' = (P L)(P L)' by Cholesky with pivots, on rows of length 1; A = P L.

   K has the square of X's condition. Where a pivot is small, Q = L^{-1} X_p is computed,
   from X itself, and G = Q Q' = M M' corrects it: L M and A M (Yamamoto et al. 2015,
   CholeskyQR2). Rows whose distance to those before is below 1e-6 of their length are
   taken as lying in their span: weights lie there too, so predictions stay exact. */
#include "solver/coordinates.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/machine.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "linalg/sparse.h"
#include "parallel/comm.h"

/* Weights that are taken through products at a time: memory for a few times d. */
enum { STRIP = 16 };

/* Turning costs about n^2 d, and saves d^2 n, d^3 / 3 and a part 1 - n / d of each
   iteration: worth it from 3 n <= 2 d on, and not for small matrices. */
bool cvr_coordinates_pay(const cvr_dataset *data)
{
    enum { SMALL = 256 };
    return data->X.cols >= SMALL && 3 * data->rows <= 2 * data->X.cols;
}

/* ---- rows of all processes --------------------------------------------------------- */

/* Lengths of rows, columns and values, as numbers that the processes can gather. */
typedef struct parts {
    cvr_mat length, entry; /* rows x 1, entries x 2 */
} parts;

static cvr_status new_parts(int64_t rows, int64_t entries, parts *p)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows, 1, &p->length));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, entries, 2, &p->entry));
done:
    return status;
}

static void free_parts(parts *p)
{
    CVR_MATS_FREE(&p->length, &p->entry);
}

static void take_apart(const cvr_sparse *S, parts *p)
{
    double *index = p->entry.data, *value = index + p->entry.ld;
    for (int64_t i = 0; i < S->rows; i++)
        cvr_set(p->length, i, 0, (double)(S->start[i + 1] - S->start[i]));
    for (int64_t e = 0; e < cvr_sparse_entries(S); e++) {
        index[e] = S->index[e];
        value[e] = cvr_sparse_get(S, e);
    }
}

static void put_together(const parts *p, cvr_sparse *S)
{
    const double *index = p->entry.data, *value = index + p->entry.ld;
    for (int64_t i = 0; i < S->rows; i++)
        S->start[i + 1] = S->start[i] + (int64_t)cvr_get(p->length, i, 0);
    for (int64_t e = 0; e < p->entry.rows; e++) {
        S->index[e] = (int32_t)index[e];
        cvr_sparse_set(S, e, value[e]);
    }
}

static cvr_status gather_sparse(const cvr_dataset *data, cvr_comm *comm, cvr_sparse *all)
{
    const cvr_sparse *S = &data->S;
    double entries = (double)cvr_sparse_entries(S);
    parts own = {0}, whole = {0};
    cvr_status status = new_parts(S->rows, cvr_sparse_entries(S), &own);
    CVR_TRY(cvr_allreduce_status(comm, status));
    take_apart(S, &own);
    CVR_TRY(cvr_allreduce_sum(comm, &entries, 1));
    status = new_parts(data->rows, (int64_t)entries, &whole);
    if (status == CVR_OK)
        status = cvr_sparse_new(S->type, data->rows, S->cols, (int64_t)entries, all);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_allgather(comm, own.length, whole.length));
    CVR_TRY(cvr_allgather(comm, own.entry, whole.entry));
    put_together(&whole, all);
done:
    free_parts(&own);
    free_parts(&whole);
    return status;
}

static cvr_status gather_dense(cvr_mat X, int64_t rows, cvr_comm *comm, cvr_mat *all)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, cvr_mat_new(X.device, X.type, rows, X.cols, all)));
    CVR_TRY(cvr_allgather(comm, X, *all));
done:
    return status;
}

static cvr_status take_rows(const cvr_dataset *data, cvr_comm *comm, cvr_coordinates *c)
{
    cvr_mat X = cvr_mat_cols(data->X, 0, data->transform.features);
    cvr_status status = CVR_OK;
    if (cvr_comm_size(comm) == 1) {
        c->rows = cvr_rows_of(X, data->S);
        return CVR_OK;
    }
    if (data->S.start)
        CVR_TRY(gather_sparse(data, comm, &c->sparse));
    else
        CVR_TRY(gather_dense(X, data->rows, comm, &c->gathered));
    c->rows = cvr_rows_of(c->gathered, c->sparse);
done:
    return status;
}

/* ---- L and A ----------------------------------------------------------------------- */

/* K = X X' with rows of X made length 1; size (n x 1): the lengths. The diagonal is 1
   without rounding, or 0: the first pivot is its largest entry and must be the same row
   on any number of processes, whose features differ in the last bit. */
static cvr_status form_kernel(const cvr_coordinates *c, cvr_mat size)
{
    cvr_status status = CVR_OK;
    cvr_mat scale = {0};
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, size.rows, 1, &scale));
    CVR_TRY(cvr_rows_gram(c->K, &c->rows));
    for (int64_t i = 0; i < size.rows; i++)
        cvr_set(size, i, 0, sqrt(cvr_get(c->K, i, i)));
    cvr_copy(scale, size);
    cvr_reciprocal(scale, 1e-300);
    cvr_scale_rows(c->K, scale);
    cvr_scale_cols(c->K, scale);
    for (int64_t i = 0; i < size.rows; i++)
        cvr_set(c->K, i, i, cvr_get(size, i, 0) > 0);
done:
    cvr_mat_free(&scale);
    return status;
}

/* Row i of A is row k of the factor with pivot[k] = i, at its length. */
static void place(cvr_coordinates *c, cvr_mat size, int64_t first)
{
    cvr_mat A = c->A;
    for (int64_t k = 0; k < c->rows.n; k++) {
        cvr_mat l = cvr_mat_part(c->K, k, 0, 1, c->r);
        int64_t own = c->pivot[k] - first;
        cvr_scale(l, cvr_get(size, c->pivot[k], 0));
        if (own >= 0 && own < A.rows)
            cvr_copy(cvr_mat_part(A, own, 0, 1, c->r), l);
    }
}

/* Rows without any length have one coordinate, 0, along nothing. */
static cvr_status factor(cvr_coordinates *c, cvr_mat size, bool *rough)
{
    static const double NEAR = 1e-12, ROUGH = 1e-6; /* squares of distances */
    cvr_status status = CVR_OK;
    CVR_TRY(form_kernel(c, size));
    CVR_TRY(cvr_pstrf(c->K, NEAR, c->pivot, &c->r));
    if (c->r == 0) {
        c->r = 1;
        cvr_fill(c->K, 0);
        cvr_fill(size, 1);
        *rough = false;
        return CVR_OK;
    }
    double last = cvr_get(c->K, c->r - 1, c->r - 1);
    *rough = last * last < ROUGH;
done:
    return status;
}

/* ---- products ---------------------------------------------------------------------- */

/* Some weights in double: over coordinates, over all rows, over features. */
typedef struct strip {
    cvr_mat V, Z, W; /* count x r, count x n, count x d */
} strip;

static cvr_status new_strip(const cvr_coordinates *c, int64_t count, strip *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, count, c->r, &s->V));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, count, c->rows.n, &s->Z));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, count, c->rows.d, &s->W));
done:
    return status;
}

static void free_strip(strip *s)
{
    CVR_MATS_FREE(&s->V, &s->Z, &s->W);
}

static strip part_of(const strip *s, int64_t count)
{
    return (strip){cvr_mat_rows(s->V, 0, count), cvr_mat_rows(s->Z, 0, count),
                   cvr_mat_rows(s->W, 0, count)};
}

/* W = V Q = (V L^{-1}) X_p; V is overwritten. */
static cvr_status to_features(const cvr_coordinates *c, strip *s)
{
    cvr_trsm_right(s->V, c->L, CVR_N);
    cvr_fill(s->Z, 0);
    for (int64_t k = 0; k < c->r; k++)
        cvr_copy(cvr_mat_cols(s->Z, c->pivot[k], 1), cvr_mat_cols(s->V, k, 1));
    return cvr_rows_gather(s->W, s->Z, &c->rows);
}

/* V = W Q' = (W X_p') L^{-T}. */
static cvr_status to_coordinates(const cvr_coordinates *c, strip *s)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_rows_times(s->Z, s->W, &c->rows));
    for (int64_t k = 0; k < c->r; k++)
        cvr_copy(cvr_mat_cols(s->V, k, 1), cvr_mat_cols(s->Z, c->pivot[k], 1));
    cvr_trsm_right(s->V, c->L, CVR_T);
done:
    return status;
}

cvr_status cvr_coordinates_weights(const cvr_coordinates *c, cvr_mat V, cvr_mat W)
{
    strip s = {0};
    cvr_status status = CVR_OK;
    CVR_ASSERT(V.rows == W.rows && V.cols == c->r && W.cols == c->rows.d);
    CVR_TRY(new_strip(c, V.rows < STRIP ? V.rows : STRIP, &s));
    for (int64_t i = 0; i < V.rows; i += STRIP) {
        cvr_mat v = cvr_mat_rows(V, i, STRIP);
        strip now = part_of(&s, v.rows);
        cvr_copy(now.V, v);
        CVR_TRY(to_features(c, &now));
        cvr_copy(cvr_mat_rows(W, i, STRIP), now.W);
    }
done:
    free_strip(&s);
    return status;
}

/* B = A' between types, by way of T, which has room for A. */
static void transpose_to(cvr_mat B, cvr_mat A, cvr_mat T)
{
    T = cvr_mat_cols(T, 0, A.cols);
    cvr_copy(T, A);
    cvr_transpose(B, T);
}

cvr_status cvr_coordinates_of(const cvr_coordinates *c, cvr_mat H, cvr_mat C)
{
    strip s = {0};
    cvr_mat T = {0}, U = {0};
    int64_t count = H.cols < STRIP ? H.cols : STRIP;
    cvr_status status = CVR_OK;
    CVR_ASSERT(H.cols == C.cols && C.rows == c->r && H.rows == c->rows.d);
    CVR_TRY(new_strip(c, count, &s));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, H.rows, count, &T));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, c->r, count, &U));
    for (int64_t j = 0; j < H.cols; j += STRIP) {
        int64_t left = H.cols - j, now_count = left < STRIP ? left : STRIP;
        strip now = part_of(&s, now_count);
        cvr_mat u = cvr_mat_cols(U, 0, now_count);
        transpose_to(now.W, cvr_mat_cols(H, j, now_count), T);
        CVR_TRY(to_coordinates(c, &now));
        cvr_transpose(u, now.V);
        cvr_copy(cvr_mat_cols(C, j, now_count), u);
    }
done:
    free_strip(&s);
    CVR_MATS_FREE(&T, &U);
    return status;
}

/* E = L^{-1} P'T. */
cvr_status cvr_coordinates_reach(const cvr_coordinates *c, cvr_comm *comm, cvr_mat T,
                                 cvr_mat E)
{
    cvr_mat all = {0}, work = {0};
    cvr_status status = CVR_OK;
    CVR_ASSERT(c->r == c->rows.n && E.rows == c->r);
    status = cvr_mat_new(cvr_cpu(), T.type, c->r, T.cols, &all);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, c->r, T.cols, &work);
    CVR_TRY(cvr_allreduce_status(comm, status));
    CVR_TRY(cvr_allgather(comm, T, all));
    for (int64_t k = 0; k < c->r; k++)
        cvr_copy(cvr_mat_part(work, k, 0, 1, T.cols),
                 cvr_mat_part(all, c->pivot[k], 0, 1, T.cols));
    cvr_trsm(c->L, CVR_N, work);
    cvr_copy(E, work);
done:
    CVR_MATS_FREE(&all, &work);
    return status;
}

/* ---- a second time ----------------------------------------------------------------- */

/* Rows i, i + 1, ... of G = Q Q', the rows of Q at hand in `s`. */
static cvr_status gram_rows(const cvr_coordinates *c, strip *s, int64_t i, cvr_mat G)
{
    cvr_status status = CVR_OK;
    cvr_fill(s->V, 0);
    for (int64_t k = 0; k < s->V.rows; k++)
        cvr_set(s->V, k, i + k, 1);
    CVR_TRY(to_features(c, s));
    CVR_TRY(to_coordinates(c, s));
    cvr_copy(cvr_mat_rows(G, i, s->V.rows), s->V);
done:
    return status;
}

/* B = B M, some rows at a time. */
static cvr_status times(cvr_mat B, cvr_mat M)
{
    enum { ROWS = 256 };
    cvr_mat own = {0}, product = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(B.device, CVR_DOUBLE, ROWS, B.cols, &own));
    CVR_TRY(cvr_mat_new(B.device, CVR_DOUBLE, ROWS, B.cols, &product));
    for (int64_t i = 0; i < B.rows; i += ROWS) {
        cvr_mat b = cvr_mat_rows(B, i, ROWS), x = cvr_mat_rows(own, 0, b.rows);
        cvr_mat y = cvr_mat_rows(product, 0, b.rows);
        cvr_copy(x, b);
        cvr_gemm(y, 1, CVR_N, x, CVR_N, M, 0);
        cvr_copy(b, y);
    }
done:
    CVR_MATS_FREE(&own, &product);
    return status;
}

static cvr_status correct(cvr_coordinates *c)
{
    enum { ROWS = 64 };
    strip s = {0};
    cvr_mat G = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(new_strip(c, c->r < ROWS ? c->r : ROWS, &s));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, c->r, c->r, &G));
    for (int64_t i = 0; i < c->r; i += ROWS) {
        strip now = part_of(&s, c->r - i < ROWS ? c->r - i : ROWS);
        CVR_TRY(gram_rows(c, &now, i, G));
    }
    CVR_TRY(cvr_potrf(G));
    for (int64_t j = 1; j < c->r; j++)
        cvr_fill(cvr_mat_part(G, 0, j, j, 1), 0);
    CVR_TRY(times(c->L, G));
    CVR_TRY(times(cvr_mat_cols(c->A, 0, c->r), G));
done:
    free_strip(&s);
    cvr_mat_free(&G);
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

/* K, and as much again for a correction; A. */
static cvr_status check_memory(const cvr_dataset *data)
{
    int64_t n = data->rows, own = cvr_mat_bytes(data->X.type, data->X.rows, n);
    int64_t bytes = cvr_mat_bytes(CVR_DOUBLE, n, cvr_times(2, n));
    int64_t have = cvr_memory_available();
    if (bytes >= 0 && own >= 0 && bytes <= have - own)
        return CVR_OK;
    cvr_fail(CVR_NO_MEMORY,
             "%s: coordinates of %lld rows take %.1f GiB a process, %.1f GiB are free",
             data->source, (long long)n, 16 * (double)n * (double)n / 0x1p30,
             (double)have / 0x1p30);
    cvr_hint("--rows needs less");
    return CVR_NO_MEMORY;
}

static cvr_status make(const cvr_dataset *data, cvr_coordinates *c)
{
    cvr_mat size = {0};
    bool rough;
    int64_t n = data->rows, ones = data->X.cols - data->transform.features;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, n, &c->K));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, n, 1, &size));
    CVR_TRY(cvr_alloc(n, sizeof *c->pivot, "pivots", (void **)&c->pivot));
    CVR_TRY(factor(c, size, &rough));
    CVR_TRY(cvr_mat_new(cvr_cpu(), data->X.type, data->X.rows, c->r + 1, &c->A));
    cvr_fill(c->A, 1);
    c->A.cols = c->r + ones;
    place(c, size, data->first);
    c->L = cvr_mat_part(c->K, 0, 0, c->r, c->r);
    if (cvr_get(c->L, 0, 0) == 0)
        cvr_set(c->L, 0, 0, 1);
    if (rough)
        CVR_TRY(correct(c));
done:
    cvr_mat_free(&size);
    return status;
}

cvr_status cvr_coordinates_new(const cvr_dataset *data, cvr_comm *comm,
                               cvr_coordinates *c)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, check_memory(data)));
    CVR_TRY(take_rows(data, comm, c));
    CVR_TRY(cvr_allreduce_status(comm, make(data, c)));
done:
    return status;
}

void cvr_coordinates_free(cvr_coordinates *c)
{
    CVR_MATS_FREE(&c->gathered, &c->A, &c->K);
    cvr_sparse_free(&c->sparse);
    cvr_release(c->pivot);
    *c = (cvr_coordinates){0};
}
