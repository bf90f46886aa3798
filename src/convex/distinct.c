/* Each row has a signature of 120 bits; every process gets those of all rows, sorts them,
   and finds equal ones beside each other. Rows that differ have the same signature with a
   chance of n^2 / 2^121. Where rows are repeated or weighted, those that differ are put
   in the order of their projections on a random direction. */
#include "convex/distinct.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

/* Columns: parts of a signature, the weight, the projection. */
enum { PARTS = 3, WEIGHT = PARTS, PROJECTION, COLUMNS };

/* ---- signatures -------------------------------------------------------------------- */

static uint64_t mixed(uint64_t h, double x, uint64_t by)
{
    uint64_t bits;
    x += 0; /* -0 is 0 */
    memcpy(&bits, &x, sizeof bits);
    bits *= 0xc2b2ae3d27d4eb4f;
    h = (h ^ bits ^ bits >> 32) * by;
    return h ^ h >> 29;
}

/* h[2 i], h[2 i + 1] and the projections take up the columns of A. */
static void take_up(cvr_mat A, int64_t first, cvr_mat column, uint64_t *h, double *at)
{
    const double *x = column.data;
    for (int64_t j = 0; j < A.cols; j++) {
        double g = cvr_random_gauss(1, CVR_FOR_SIGNATURES, first + j, 1);
        cvr_copy(column, cvr_mat_cols(A, j, 1));
        for (int64_t i = 0; i < A.rows; i++) {
            at[i] += g * x[i];
            h[2 * i] = mixed(h[2 * i], x[i], 0x9e3779b97f4a7c15);
            h[2 * i + 1] = mixed(h[2 * i + 1], x[i], 0xd6e8feb86659fd93);
        }
    }
}

/* Own rows: 40 bits a number, which a double holds, and the weight. */
static void write(const cvr_problem *q, const uint64_t *h, cvr_mat S)
{
    const uint64_t bits = ((uint64_t)1 << 40) - 1;
    for (int64_t i = 0; i < S.rows; i++) {
        uint64_t a = h[2 * i] ^ h[2 * i] >> 32, b = h[2 * i + 1] ^ h[2 * i + 1] >> 32;
        cvr_set(S, i, 0, (double)(a & bits));
        cvr_set(S, i, 1, (double)(b & bits));
        cvr_set(S, i, 2, (double)((a >> 40 << 16 | b >> 48) & bits));
        cvr_set(S, i, WEIGHT, q->W.data ? cvr_get(q->W, i, 0) : 1);
    }
}

static cvr_status sign_rows(const cvr_problem *q, cvr_mat S)
{
    uint64_t *h = NULL;
    cvr_mat column = {0};
    int64_t features = q->train->transform.features;
    double *at = cvr_mat_cols(S, PROJECTION, 1).data;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, q->X.rows, 1, &column));
    CVR_TRY(cvr_alloc(cvr_times(2, q->X.rows), sizeof *h, "signatures", (void **)&h));
    take_up(cvr_mat_cols(q->X, 0, features), 0, column, h, at);
    take_up(q->Y, features, column, h, at);
    write(q, h, S);
done:
    cvr_mat_free(&column);
    cvr_release(h);
    return status;
}

/* ---- equal ones -------------------------------------------------------------------- */

typedef struct signature {
    double part[PARTS];
    int64_t row;
} signature;

static int by_parts(const void *a, const void *b)
{
    const signature *p = a, *q = b;
    for (int k = 0; k < PARTS; k++)
        if (p->part[k] != q->part[k])
            return p->part[k] > q->part[k] ? 1 : -1;
    return (p->row > q->row) - (p->row < q->row);
}

/* first[i]: the first row that equals row i, S of all rows. */
static cvr_status find_first(cvr_mat S, int64_t *first)
{
    signature *s = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(S.rows, sizeof *s, "signatures", (void **)&s));
    for (int64_t i = 0; i < S.rows; i++) {
        for (int k = 0; k < PARTS; k++)
            s[i].part[k] = cvr_get(S, i, k);
        s[i].row = i;
    }
    qsort(s, (size_t)S.rows, sizeof *s, by_parts);
    for (int64_t k = 0, head = 0; k < S.rows; k++) {
        if (memcmp(s[k].part, s[head].part, sizeof s[k].part) != 0)
            head = k;
        first[s[k].row] = s[head].row;
    }
done:
    cvr_release(s);
    return status;
}

/* first[i] becomes the place of row i among those that differ. */
static cvr_status list_rows(cvr_mat S, int64_t *first, cvr_distinct *d)
{
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < S.rows; i++)
        d->count += first[i] == i;
    CVR_TRY(cvr_alloc(d->count, sizeof *d->row, "rows", (void **)&d->row));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, d->count, 1, &d->weight));
    d->plain = d->count == S.rows;
    for (int64_t i = 0, at = 0; i < S.rows; i++) {
        double omega = cvr_get(S, i, WEIGHT);
        bool is_first = first[i] == i;
        int64_t place = is_first ? at++ : first[first[i]];
        first[i] = place;
        if (is_first)
            d->row[place] = i;
        cvr_set(d->weight, place, 0, cvr_get(d->weight, place, 0) + omega);
        d->plain = d->plain && omega == 1;
    }
done:
    return status;
}

typedef struct projected {
    double at, weight;
    int64_t row, place;
} projected;

static int by_projection(const void *a, const void *b)
{
    const projected *p = a, *q = b;
    int order = (p->at > q->at) - (p->at < q->at);
    return order != 0 ? order : (p->row > q->row) - (p->row < q->row);
}

/* The rows that differ in the order of their projections; places of all rows follow. */
static cvr_status sort_rows(cvr_mat S, int64_t *place, cvr_distinct *d)
{
    projected *p = NULL;
    int64_t *now = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(d->count, sizeof *p, "projections", (void **)&p));
    CVR_TRY(cvr_alloc(d->count, sizeof *now, "rows", (void **)&now));
    for (int64_t k = 0; k < d->count; k++)
        p[k] = (projected){cvr_get(S, d->row[k], PROJECTION), cvr_get(d->weight, k, 0),
                           d->row[k], k};
    qsort(p, (size_t)d->count, sizeof *p, by_projection);
    for (int64_t k = 0; k < d->count; k++) {
        d->row[k] = p[k].row;
        cvr_set(d->weight, k, 0, p[k].weight);
        now[p[k].place] = k;
    }
    for (int64_t i = 0; i < S.rows; i++)
        place[i] = now[place[i]];
done:
    cvr_release(now);
    cvr_release(p);
    return status;
}

static cvr_status settle(const cvr_problem *q, cvr_mat S, cvr_distinct *d)
{
    int64_t *first = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(S.rows, sizeof *first, "rows", (void **)&first));
    CVR_TRY(cvr_alloc(q->X.rows, sizeof *d->place, "rows", (void **)&d->place));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, q->X.rows, 1, &d->own));
    CVR_TRY(find_first(S, first));
    CVR_TRY(list_rows(S, first, d));
    if (!d->plain)
        CVR_TRY(sort_rows(S, first, d));
    for (int64_t i = 0; i < q->X.rows; i++) {
        int64_t place = d->place[i] = first[q->first + i];
        if (d->row[place] == q->first + i)
            cvr_set(d->own, i, 0, cvr_get(d->weight, place, 0));
    }
done:
    cvr_release(first);
    return status;
}

cvr_status cvr_distinct_find(const cvr_problem *q, cvr_distinct *d)
{
    cvr_mat own = {0}, all = {0};
    cvr_status status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, q->X.rows, COLUMNS, &own);
    *d = (cvr_distinct){0};
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), CVR_DOUBLE, q->rows, COLUMNS, &all);
    if (status == CVR_OK)
        status = sign_rows(q, own);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    CVR_TRY(cvr_allgather(q->comm, own, all));
    CVR_TRY(cvr_allreduce_status(q->comm, settle(q, all, d)));
done:
    CVR_MATS_FREE(&own, &all);
    if (status != CVR_OK)
        cvr_distinct_free(d);
    return status;
}

void cvr_distinct_free(cvr_distinct *d)
{
    cvr_release(d->row);
    cvr_release(d->place);
    CVR_MATS_FREE(&d->weight, &d->own);
    *d = (cvr_distinct){0};
}
