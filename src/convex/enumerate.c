/* The planes x_j'h = 0 cut the space of gates into cells, one a pattern. d - 1 planes
   with independent rows meet in a line; its two directions r lie on the border of 2^(d-1)
   cells each, in which

       h = r + t e,   x_j'e = +-1 on these planes,   t so small that no other row turns.

   In general position each cell has such a ray, and there are

       2 sum_{k < d} binomial(n - 1, k)

   cells of n planes (Cover 1965): that many have been found, or, where more planes meet,
   d <= 3, in which any two neighbouring planes of a ray bound a cell
   (docs/mathematics.md, "All patterns"). In double on each process, which has all
   rows. */
#include "convex/enumerate.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "parallel/comm.h"
#include "solver/features.h"

enum { MOST_SIZE = 8, MOST_CELLS = 20000, MOST_RAYS = 4 << 20 };

typedef struct arrangement {
    int64_t n, d;      /* rows of all processes; numbers of a gate */
    cvr_mat X;         /* d x n, double */
    int64_t *plane, m; /* rows that stand for the m different planes */
    uint64_t *mark;    /* n: random; a pattern's key is their exclusive or */
    uint64_t *seen;    /* room of them, 0: free */
    int64_t room, count;
    cvr_mat H;              /* d x room / 2: gates of the patterns that were found */
    int64_t set[MOST_SIZE]; /* d - 1 planes */
    double Q[MOST_SIZE][MOST_SIZE], R[MOST_SIZE][MOST_SIZE]; /* rows of set = R'Q */
    bool empty;                                              /* has been found */
} arrangement;

static const double *row(const arrangement *a, int64_t j)
{
    return (const double *)a->X.data + j * a->X.ld;
}

static double dot(int64_t d, const double *x, const double *y)
{
    double sum = 0;
    for (int64_t i = 0; i < d; i++)
        sum += x[i] * y[i];
    return sum;
}

/* ---- patterns ---------------------------------------------------------------------- */

static uint64_t key_of(const arrangement *a, const double *h)
{
    uint64_t key = 0;
    for (int64_t j = 0; j < a->n; j++)
        if (dot(a->d, row(a, j), h) >= 0)
            key ^= a->mark[j];
    return key;
}

/* Adds the pattern of h, unless it is there; false: there is no more room. */
static bool add(arrangement *a, const double *h)
{
    uint64_t key = key_of(a, h);
    int64_t at = (int64_t)(key % (uint64_t)a->room);
    a->empty = a->empty || key == 0;
    while (a->seen[at] != 0 && a->seen[at] != key)
        at = (at + 1) % a->room;
    if (key == 0 || a->seen[at] == key)
        return true;
    if (a->count >= a->H.cols)
        return false;
    a->seen[at] = key;
    memcpy((double *)a->H.data + a->count * a->H.ld, h, (size_t)a->d * sizeof *h);
    a->count++;
    return true;
}

/* ---- rays -------------------------------------------------------------------------- */

/* v less its parts along the first k of Q, twice; its length. */
static double orthogonal(const arrangement *a, int64_t k, double *v, double *parts)
{
    for (int twice = 0; twice < 2; twice++)
        for (int64_t i = 0; i < k; i++) {
            double part = dot(a->d, a->Q[i], v);
            if (parts)
                parts[i] += part;
            for (int64_t t = 0; t < a->d; t++)
                v[t] -= part * a->Q[i][t];
        }
    return sqrt(dot(a->d, v, v));
}

/* Q and R of the set's rows; r, orthogonal to them. false: they are dependent. */
static bool find_ray(arrangement *a, double *r)
{
    double best = 0, size;
    for (int64_t k = 0; k + 1 < a->d; k++) {
        memcpy(a->Q[k], row(a, a->set[k]), (size_t)a->d * sizeof(double));
        memset(a->R[k], 0, sizeof a->R[k]);
        a->R[k][k] = size = orthogonal(a, k, a->Q[k], a->R[k]);
        if (!(size > 1e-9))
            return false;
        for (int64_t t = 0; t < a->d; t++)
            a->Q[k][t] /= size;
    }
    for (int64_t i = 0; i < a->d; i++) {
        double v[MOST_SIZE] = {0};
        v[i] = 1;
        size = orthogonal(a, a->d - 1, v, NULL);
        for (int64_t t = 0; t < a->d && size > best; t++)
            r[t] = v[t] / size;
        best = fmax(best, size);
    }
    return true;
}

/* e with x_j'e = +-1 on the set, by the bits of `sides`. */
static void aside(const arrangement *a, int64_t sides, double *e)
{
    double c[MOST_SIZE];
    memset(e, 0, MOST_SIZE * sizeof *e);
    for (int64_t k = 0; k + 1 < a->d; k++) {
        c[k] = sides >> k & 1 ? 1 : -1;
        for (int64_t i = 0; i < k; i++)
            c[k] -= a->R[k][i] * c[i];
        c[k] /= a->R[k][k];
        for (int64_t t = 0; t < a->d; t++)
            e[t] += c[k] * a->Q[k][t];
    }
}

/* h = r + t e, half as far as the first row that turns, of those that r is not on. */
static void step_aside(const arrangement *a, const double *r, const double *e, double *h)
{
    double t = 1;
    for (int64_t j = 0; j < a->n; j++) {
        double at = fabs(dot(a->d, row(a, j), r)), by = fabs(dot(a->d, row(a, j), e));
        if (at > 1e-9 && by * t > at / 2)
            t = at / 2 / by;
    }
    for (int64_t i = 0; i < a->d; i++)
        h[i] = r[i] + t * e[i];
}

static bool visit_ray(arrangement *a)
{
    double r[MOST_SIZE] = {0}, e[MOST_SIZE], h[MOST_SIZE];
    if (!find_ray(a, r))
        return true;
    for (int side = 0; side < 2; side++) {
        for (int64_t sides = 0; sides < (int64_t)1 << (a->d - 1); sides++) {
            aside(a, sides, e);
            step_aside(a, r, e, h);
            if (!add(a, h))
                return false;
        }
        for (int64_t i = 0; i < a->d; i++)
            r[i] = -r[i];
    }
    return true;
}

/* All sets of d - 1 planes. */
static bool visit(arrangement *a)
{
    int64_t k = a->d - 1, place[MOST_SIZE];
    for (int64_t i = 0; i < k; i++)
        place[i] = i;
    if (k > a->m)
        return false;
    for (;;) {
        int64_t i = k;
        for (int64_t t = 0; t < k; t++)
            a->set[t] = a->plane[place[t]];
        if (!visit_ray(a))
            return false;
        while (i > 0 && place[i - 1] == a->m - k + i - 1)
            i--;
        if (i == 0)
            return true;
        place[i - 1]++;
        for (; i < k; i++)
            place[i] = place[i - 1] + 1;
    }
}

/* ---- sizes ------------------------------------------------------------------------- */

static double choose(double n, int64_t k)
{
    double product = 1;
    for (int64_t i = 0; i < k; i++)
        product *= (n - (double)i) / (double)(i + 1);
    return product > 0 ? product : 0;
}

/* Cells of n planes in general position, the empty pattern's among them. */
static double cells(double n, int64_t d)
{
    double sum = 0;
    for (int64_t k = 0; k < d; k++)
        sum += 2 * choose(n - 1, k);
    return sum;
}

/* Not the same plane: x is neither y nor -y, but for rounding. */
static bool apart(int64_t d, const double *x, const double *y)
{
    double less = 0, more = 0;
    for (int64_t i = 0; i < d; i++) {
        less += (x[i] - y[i]) * (x[i] - y[i]);
        more += (x[i] + y[i]) * (x[i] + y[i]);
    }
    return fmin(less, more) > 1e-18;
}

/* Rows that are no multiples of others before them, or 0. */
static void find_planes(arrangement *a)
{
    for (int64_t j = 0; j < a->n; j++) {
        const double *x = row(a, j);
        bool other = dot(a->d, x, x) > 0;
        for (int64_t i = 0; i < a->m && other; i++)
            other = apart(a->d, x, row(a, a->plane[i]));
        if (other)
            a->plane[a->m++] = j;
    }
}

static cvr_status check(const cvr_problem *q, const arrangement *a)
{
    double rays = choose((double)a->n, a->d - 1) * ldexp(1, (int)a->d);
    if (a->d <= MOST_SIZE && rays <= MOST_RAYS &&
        cells((double)a->n, a->d) <= MOST_CELLS && q->coordinates == NULL)
        return CVR_OK;
    cvr_fail(CVR_USAGE,
             "--enumerate is for few rows in few dimensions: %lld rows of %lld numbers "
             "have up to %.0f patterns, more than %d",
             (long long)a->n, (long long)a->d, cells((double)a->n, a->d), MOST_CELLS);
    cvr_hint("--start MODEL --refine 3 looks for those that matter");
    return CVR_USAGE;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status take(const cvr_problem *q, arrangement *a)
{
    int64_t most = (int64_t)cells((double)a->n, a->d);
    cvr_status status = CVR_OK;
    a->room = 2 * most + 1;
    CVR_TRY(cvr_alloc(a->n, sizeof *a->plane, "planes", (void **)&a->plane));
    CVR_TRY(cvr_alloc(a->n, sizeof *a->mark, "patterns", (void **)&a->mark));
    CVR_TRY(cvr_alloc(a->room, sizeof *a->seen, "patterns", (void **)&a->seen));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, a->d, a->n, &a->X));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, a->d, most, &a->H));
    for (int64_t j = 0; j < a->n; j++)
        for (int64_t k = 0; k < 4; k++)
            a->mark[j] = a->mark[j] << 16 | (uint64_t)cvr_random_below(
                                                q->seed, CVR_FOR_SIGNATURES, j, k, 65536);
done:
    return status;
}

/* Rows of all processes in double, of length 1 or 0. */
static cvr_status gather(const cvr_problem *q, arrangement *a)
{
    int64_t *index = NULL;
    cvr_mat rows = {0};
    cvr_status status = cvr_alloc(a->n, sizeof *index, "row indices", (void **)&index);
    if (status == CVR_OK)
        status = cvr_mat_new(cvr_cpu(), q->X.type, a->d, a->n, &rows);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    for (int64_t j = 0; j < a->n; j++)
        index[j] = j;
    CVR_TRY(cvr_features_fetch(q, index, rows));
    cvr_copy(a->X, rows);
    for (int64_t j = 0; j < a->n; j++) {
        cvr_mat x = cvr_mat_cols(a->X, j, 1);
        double size = sqrt(cvr_dot(x, x));
        cvr_scale(x, size > 0 ? 1 / size : 0);
    }
done:
    cvr_release(index);
    cvr_mat_free(&rows);
    return status;
}

/* H and D in the type and on the device of the rows. */
static cvr_status give(const cvr_problem *q, const arrangement *a, cvr_mat *H, cvr_mat *D)
{
    cvr_mat own = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(q->X.device, q->X.type, a->d, a->count, H));
    CVR_TRY(cvr_mat_new(q->X.device, q->X.type, q->X.rows, a->count, D));
    CVR_TRY(cvr_mat_new(cvr_cpu(), q->X.type, q->X.rows, a->count, &own));
    for (int64_t p = 0; p < a->count; p++)
        for (int64_t i = 0; i < q->X.rows; i++) {
            const double *h = (const double *)a->H.data + p * a->H.ld;
            cvr_set(own, i, p, dot(a->d, row(a, q->first + i), h) >= 0);
        }
    cvr_copy(*H, cvr_mat_cols(a->H, 0, a->count));
    cvr_copy(*D, own);
done:
    cvr_mat_free(&own);
    return status;
}

cvr_status cvr_gates_enumerate(const cvr_problem *q, cvr_mat *H, cvr_mat *D)
{
    bool ones = q->train->prepared && q->train->transform.bias != CVR_BIAS_NONE;
    arrangement a = {.n = q->rows, .d = cvr_features(q) + ones};
    bool all;
    cvr_status status = CVR_OK;
    CVR_TRY(check(q, &a));
    CVR_TRY(cvr_allreduce_status(q->comm, take(q, &a)));
    CVR_TRY(gather(q, &a));
    find_planes(&a);
    all =
        visit(&a) && (a.d <= 3 || (double)(a.count + a.empty) == cells((double)a.m, a.d));
    if (!all)
        CVR_FAIL(CVR_BAD_DATA,
                 "%s: --enumerate: the rows are in special position, and patterns may be "
                 "missing",
                 q->train->source);
    CVR_TRY(cvr_allreduce_status(q->comm, give(q, &a, H, D)));
    cvr_note(CVR_LOG_NOTE,
             "all %lld patterns of these rows: bounds are those of the whole problem, "
             "whatever the gates",
             (long long)a.count);
done:
    cvr_release(a.plane);
    cvr_release(a.mark);
    cvr_release(a.seen);
    CVR_MATS_FREE(&a.X, &a.H);
    return status;
}
