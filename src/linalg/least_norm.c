#include "linalg/least_norm.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "linalg/grown.h"
#include "linalg/ops.h"

static const double *row(const cvr_least_norm *l, int64_t j)
{
    return (const double *)l->X.data + j * l->X.ld;
}

/* g = products of row j with those of the set, with their signs. */
static void products(const cvr_least_norm *l, const double *s, int64_t j, double *g)
{
    for (int64_t i = 0; i < l->count; i++)
        g[i] = s[j] * s[l->set[i]] * cvr_grown_dot(l->d, row(l, j), row(l, l->set[i]));
}

static void leave(cvr_least_norm *l, int64_t i)
{
    cvr_grown_drop(l->L, l->count, i, l->c);
    for (int64_t r = i + 1; r < l->count; r++) {
        l->set[r - 1] = l->set[r];
        l->y[r - 1] = l->y[r];
    }
    l->count--;
    memset(l->barred, 0, (size_t)l->n * sizeof *l->barred);
}

/* Row j, which depends on the set: y_j = t grows, y -= t c with x_j = sum c_i x_i, until
   one of y is 0, which leaves. false: none falls. */
static bool make_room(cvr_least_norm *l, const double *s, int64_t j, double *t)
{
    int64_t first = -1;
    double least = INFINITY;
    products(l, s, j, l->a);
    cvr_grown_solve(l->L, l->count, l->a);
    for (int64_t i = 0; i < l->count; i++)
        if (l->a[i] > 1e-9 && l->y[i] / l->a[i] < least) {
            least = l->y[i] / l->a[i];
            first = i;
        }
    if (first < 0)
        return false;
    for (int64_t i = 0; i < l->count; i++)
        l->y[i] = fmax(l->y[i] - least * l->a[i], 0);
    *t += least;
    leave(l, first);
    return true;
}

static bool join(cvr_least_norm *l, const double *s, int64_t j)
{
    double t = 0;
    for (;;) {
        products(l, s, j, l->a);
        if (l->count < l->most && cvr_grown_add(l->L, l->count, l->a))
            break;
        if (!make_room(l, s, j, &t))
            return false;
    }
    l->set[l->count] = j;
    l->y[l->count++] = t;
    return true;
}

/* The best multipliers on a subset of the set. */
static void settle(cvr_least_norm *l, const double *q)
{
    double step = 0;
    while (step < 1 && l->count > 0) {
        step = 1;
        for (int64_t i = 0; i < l->count; i++)
            l->a[i] = q[l->set[i]];
        cvr_grown_solve(l->L, l->count, l->a);
        for (int64_t i = 0; i < l->count; i++)
            if (!(l->a[i] > 0))
                step = fmin(step, l->y[i] > 0 ? l->y[i] / (l->y[i] - l->a[i]) : 0);
        for (int64_t i = 0; i < l->count; i++) {
            double far = l->y[i] > 0 ? l->y[i] / (l->y[i] - l->a[i]) : 0;
            bool stays = l->a[i] > 0 || far > step;
            l->y[i] = stays ? l->y[i] + step * (l->a[i] - l->y[i]) : 0;
        }
        for (int64_t i = l->count; step < 1 && i-- > 0;)
            if (!(l->y[i] > 0))
                leave(l, i);
    }
}

/* e, and z = X'e. */
static void place(cvr_least_norm *l, const double *s, double *e)
{
    cvr_mat z = cvr_host_numbers(l->z, l->n), point = cvr_host_numbers(e, l->d);
    memset(e, 0, (size_t)l->d * sizeof *e);
    for (int64_t i = 0; i < l->count; i++)
        cvr_grown_axpy(l->d, l->y[i] * s[l->set[i]], row(l, l->set[i]), e);
    cvr_gemm(z, 1, CVR_T, l->X, CVR_N, point, 0);
}

/* The row that e violates most of those that are not barred; -1: none by more than
   rounding. */
static int64_t worst(const cvr_least_norm *l, const double *s, const double *q)
{
    int64_t found = -1;
    double most = 0, size = 0;
    for (int64_t j = 0; j < l->n; j++)
        size = fmax(size, fabs(q[j]));
    for (int64_t j = 0; j < l->n; j++)
        if (!l->barred[j] && q[j] - s[j] * l->z[j] > fmax(most, 1e-13 * size)) {
            most = q[j] - s[j] * l->z[j];
            found = j;
        }
    return found;
}

void cvr_least_norm_find(cvr_least_norm *l, const double *s, const double *q, double *e)
{
    int64_t j;
    l->count = 0;
    memset(l->barred, 0, (size_t)l->n * sizeof *l->barred);
    place(l, s, e);
    for (int64_t k = 0; k < 20 * (l->most + 10) && (j = worst(l, s, q)) >= 0; k++) {
        if (join(l, s, j))
            settle(l, q);
        l->barred[j] = true; /* unless the set changes */
        for (int64_t i = 0; i < l->count; i++)
            if (l->set[i] == j)
                memset(l->barred, 0, (size_t)l->n * sizeof *l->barred);
        place(l, s, e);
    }
}

/* ---- making ------------------------------------------------------------------------ */

cvr_status cvr_least_norm_new(cvr_mat X, cvr_least_norm *l)
{
    int64_t most = X.cols < X.rows ? X.cols : X.rows;
    const struct {
        void **p;
        int64_t count;
        size_t size;
    } all[] = {{(void **)&l->set, most + 1, sizeof *l->set},
               {(void **)&l->y, most + 1, sizeof *l->y},
               {(void **)&l->L, cvr_times(most + 1, most + 2) / 2, sizeof *l->L},
               {(void **)&l->a, most + 1, sizeof *l->a},
               {(void **)&l->c, 2 * most + 2, sizeof *l->c},
               {(void **)&l->z, X.cols, sizeof *l->z},
               {(void **)&l->barred, X.cols, sizeof *l->barred}};
    cvr_status status = CVR_OK;
    *l = (cvr_least_norm){.n = X.cols, .d = X.rows, .most = most, .X = X};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CVR_TRY(cvr_alloc(all[i].count, all[i].size, "shortest points", all[i].p));
done:
    if (status != CVR_OK)
        cvr_least_norm_free(l);
    return status;
}

void cvr_least_norm_free(cvr_least_norm *l)
{
    void *all[] = {l->set, l->y, l->L, l->a, l->c, l->z, l->barred};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cvr_release(all[i]);
    *l = (cvr_least_norm){0};
}
