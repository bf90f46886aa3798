/* Equal rows have equal projections on a random direction: after sorting by it they are
   neighbours. */
#include "convex/merge.h"

#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "linalg/mats.h"

typedef struct projected {
    double at;
    int64_t row, first; /* first: the row of its first copy */
} projected;

static int by_projection(const void *a, const void *b)
{
    const projected *p = a, *q = b;
    int order = (p->at > q->at) - (p->at < q->at);
    return order != 0 ? order : (p->row > q->row) - (p->row < q->row);
}

static int by_row(const void *a, const void *b)
{
    const projected *p = a, *q = b;
    return (p->row > q->row) - (p->row < q->row);
}

/* s = X g + Y h for Gaussian g, h. */
static cvr_status project(cvr_mat X, cvr_mat Y, projected *rows)
{
    cvr_mat g = {0}, s = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(X.device, X.type, X.cols + Y.cols, 1, &g));
    CVR_TRY(cvr_mat_new(X.device, X.type, X.rows, 1, &s));
    cvr_random_normal(g, 1, CVR_FOR_SIGNATURES, 0);
    cvr_gemm(s, 1, CVR_N, X, CVR_N, cvr_mat_rows(g, 0, X.cols), 0);
    cvr_gemm(s, 1, CVR_N, Y, CVR_N, cvr_mat_rows(g, X.cols, Y.cols), 1);
    for (int64_t i = 0; i < X.rows; i++)
        rows[i] = (projected){cvr_get(s, i, 0), i, i};
done:
    CVR_MATS_FREE(&g, &s);
    return status;
}

static bool same_row(cvr_mat A, int64_t i, int64_t j)
{
    return cvr_distance2(cvr_mat_rows(A, i, 1), cvr_mat_rows(A, j, 1)) == 0;
}

/* Sets `first` of each row: the equal row that comes first among those whose projection
   differs by rounding at most. */
static void find_copies(cvr_mat X, cvr_mat Y, projected *rows)
{
    double unit = X.type == CVR_DOUBLE ? 1e-10 : 1e-3;
    qsort(rows, (size_t)X.rows, sizeof *rows, by_projection);
    for (int64_t k = 1; k < X.rows; k++)
        for (int64_t l = k - 1; l >= 0; l--) {
            projected *p = &rows[k], *q = &rows[l];
            if (p->at - q->at > unit * (1 + fabs(p->at)))
                break;
            if (!same_row(X, p->row, q->row) || !same_row(Y, p->row, q->row))
                continue;
            p->first = q->first = p->first < q->first ? p->first : q->first;
            break;
        }
    qsort(rows, (size_t)X.rows, sizeof *rows, by_row);
    for (int64_t i = 0; i < X.rows; i++)
        rows[i].first = rows[rows[i].first].first;
}

static int64_t count_first(const projected *rows, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += rows[i].first == i;
    return count;
}

/* Row `at` of the merged is the next first copy; rows[i].at becomes its place. */
static void gather(cvr_mat X, cvr_mat Y, cvr_mat weights, projected *rows, cvr_merged *m)
{
    int64_t at = 0;
    for (int64_t i = 0; i < X.rows; i++) {
        if (rows[i].first == i) {
            cvr_copy(cvr_mat_rows(m->X, at, 1), cvr_mat_rows(X, i, 1));
            cvr_copy(cvr_mat_rows(m->Y, at, 1), cvr_mat_rows(Y, i, 1));
            rows[i].at = (double)at++;
        }
        int64_t place = (int64_t)rows[rows[i].first].at;
        cvr_set(m->omega, place, 0, cvr_get(m->omega, place, 0) + cvr_get(weights, i, 0));
    }
}

cvr_status cvr_merge(cvr_mat X, cvr_mat Y, cvr_mat weights, cvr_merged *m)
{
    projected *rows = NULL;
    cvr_status status = CVR_OK;
    *m = (cvr_merged){0};
    CVR_TRY(cvr_alloc(X.rows, sizeof *rows, "row projections", (void **)&rows));
    CVR_TRY(project(X, Y, rows));
    find_copies(X, Y, rows);
    int64_t n = count_first(rows, X.rows);
    CVR_TRY(cvr_mat_new(X.device, X.type, n, X.cols, &m->X));
    CVR_TRY(cvr_mat_new(X.device, Y.type, n, Y.cols, &m->Y));
    CVR_TRY(cvr_mat_new(X.device, CVR_DOUBLE, n, 1, &m->omega));
    gather(X, Y, weights, rows, m);
done:
    if (status != CVR_OK)
        cvr_merged_free(m);
    cvr_release(rows);
    return status;
}

void cvr_merged_free(cvr_merged *m)
{
    CVR_MATS_FREE(&m->X, &m->Y, &m->omega);
}
