/* Powers of the normalised adjacency, a strip of columns of H at a time:

       z_i <- r_i ( r_i z_i + sum of r_j z_j over neighbours j ),  r = (1 + degree)^{-1/2}

   Neighbours are added in the order of their numbers, in double. */
#include "data/hops.h"

#include <math.h>

#include "base/bytes.h"
#include "linalg/ops.h"
#include "linalg/sparse.h"
#include "parallel/comm.h"

/* Numbers of a strip, at most, unless one column has more. */
enum { STRIP = 1 << 22 };

typedef struct strip {
    int64_t cols;       /* of H in it; row i is now[i cols ...] */
    double *now, *next; /* nodes x cols */
    double *root;       /* r */
    double *weight;     /* 1, or 1 over the sum of sizes of a row */
    int64_t *at;        /* of sparse rows: the first entry that is not behind the strip */
} strip;

static double size_of_row(const cvr_dataset *d, int64_t i)
{
    double sum = 0;
    if (d->S.start)
        for (int64_t k = d->S.start[i]; k < d->S.start[i + 1]; k++)
            sum += fabs(cvr_sparse_get(&d->S, k));
    else
        for (int64_t j = 0; j < d->X.cols; j++)
            sum += fabs(cvr_get(d->X, i, j));
    return sum;
}

static cvr_status begin(const cvr_dataset *d, const cvr_edges *e, const cvr_hops *h,
                        strip *s)
{
    int64_t n = e->nodes, most = STRIP / n > 1 ? STRIP / n : 1;
    cvr_status status = CVR_OK;
    s->cols = d->X.cols < most ? d->X.cols : most;
    int64_t numbers = cvr_times(n, s->cols);
    CVR_TRY(cvr_alloc(numbers, sizeof *s->now, "nodes", (void **)&s->now));
    CVR_TRY(cvr_alloc(numbers, sizeof *s->next, "nodes", (void **)&s->next));
    CVR_TRY(cvr_alloc(n, sizeof *s->root, "nodes", (void **)&s->root));
    CVR_TRY(cvr_alloc(n, sizeof *s->weight, "nodes", (void **)&s->weight));
    CVR_TRY(cvr_alloc(n, sizeof *s->at, "nodes", (void **)&s->at));
    for (int64_t i = 0; i < n; i++) {
        double size = h->row_sums ? size_of_row(d, i) : 1;
        s->weight[i] = size > 0 && isfinite(1 / size) ? 1 / size : 1;
        s->root[i] = 1 / sqrt(1 + (double)(e->start[i + 1] - e->start[i]));
        s->at[i] = d->S.start ? d->S.start[i] : 0;
    }
done:
    return status;
}

static void end(strip *s)
{
    cvr_release(s->now);
    cvr_release(s->next);
    cvr_release(s->root);
    cvr_release(s->weight);
    cvr_release(s->at);
}

/* Columns first .. first + cols - 1 of H. */
static void take(const cvr_dataset *d, strip *s, int64_t first, int64_t cols)
{
    for (int64_t i = 0; i < d->X.rows; i++) {
        double *z = s->now + i * cols;
        for (int64_t j = 0; j < cols; j++)
            z[j] = d->S.start ? 0 : s->weight[i] * cvr_get(d->X, i, first + j);
        for (int64_t *k = &s->at[i];
             d->S.start && *k < d->S.start[i + 1] && d->S.index[*k] < first + cols; ++*k)
            z[d->S.index[*k] - first] = s->weight[i] * cvr_sparse_get(&d->S, *k);
    }
}

static void step(const cvr_edges *e, strip *s, int64_t cols)
{
    for (int64_t i = 0; i < e->nodes; i++) {
        double *to = s->next + i * cols;
        const double *own = s->now + i * cols;
        for (int64_t c = 0; c < cols; c++)
            to[c] = s->root[i] * own[c];
        for (int64_t k = e->start[i]; k < e->start[i + 1]; k++) {
            const double *from = s->now + e->node[k] * cols;
            double r = s->root[e->node[k]];
            for (int64_t c = 0; c < cols; c++)
                to[c] += r * from[c];
        }
        for (int64_t c = 0; c < cols; c++)
            to[c] *= s->root[i];
    }
    double *before = s->now;
    s->now = s->next;
    s->next = before;
}

static void put(const strip *s, const cvr_hops *h, cvr_mat X, int64_t first, int64_t cols)
{
    for (int64_t i = 0; i < X.rows; i++)
        for (int64_t c = 0; c < cols; c++)
            cvr_set(X, i, first + c, s->now[h->node[i] * cols + c]);
}

cvr_status cvr_hops_fill(const cvr_dataset *nodes, const cvr_edges *e, const cvr_hops *h,
                         cvr_comm *comm, cvr_mat X)
{
    cvr_status status = CVR_OK;
    strip s = {0};
    int64_t d = nodes->X.cols, cols = 0;
    CVR_TRY(begin(nodes, e, h, &s));
    for (int64_t j = 0; j < d && !cvr_interrupt_poll(comm); j += cols) {
        cols = d - j < s.cols ? d - j : s.cols;
        take(nodes, &s, j, cols);
        put(&s, h, X, j, cols);
        for (int k = 1; k <= h->hops && !cvr_interrupt_poll(comm); k++) {
            step(e, &s, cols);
            put(&s, h, X, k * d + j, cols);
        }
    }
done:
    end(&s);
    return status;
}
