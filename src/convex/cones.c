/* Sets of rows are found in rounds: one product with X for all columns that are not done,
   then the rows of each that it violates most. Source: docs/mathematics.md, "Cones by
   projection". */
#include "convex/cones.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "linalg/grown.h"
#include "linalg/mats.h"
#include "linalg/rows.h"
#include "parallel/comm.h"

enum { GRAM_ROWS = 6000, GRAM_COLUMNS = 64, WIDE_ROUNDS = 8 };

/* One column of a group as it is worked on. */
typedef struct cvr_cone_column {
    int64_t j, pattern; /* of the m; of the P */
    double *rows, *y, *L, *count;
    const double *m, *d;      /* d and n numbers */
    double *v;                /* d: p, then v */
    double *a, *k, *g;        /* most each */
    double ha, hk, threshold; /* h'a, h'k, g_0 */
    double mm, pp, pq, qq;    /* |m|^2, |p|^2, p'q, |q|^2 */
} column;

static double *at(cvr_mat A, int64_t j)
{
    return (double *)A.data + j * A.ld;
}

static int64_t groups(const cvr_cones *c)
{
    return c->p->signs * c->p->P;
}

static bool own(const cvr_cones *c, int64_t group)
{
    cvr_comm *comm = c->p->comm;
    return group % cvr_comm_size(comm) == cvr_comm_rank(comm);
}

/* Column number k of a group. */
static int64_t column_of(const cvr_cones *c, int64_t group, int64_t k)
{
    int64_t P = c->p->P;
    return group / P * c->p->C * P + k * P + group % P;
}

static double sign(const column *u, int64_t row)
{
    return 2 * u->d[row] - 1;
}

static column open_column(const cvr_cones *c, int64_t group, int64_t k)
{
    int64_t j = column_of(c, group, k), most = c->most;
    double *w = c->work + k * 2 * most;
    return (column){.j = j,
                    .pattern = group % c->p->P,
                    .rows = at(c->rows, j),
                    .y = at(c->y, j),
                    .L = at(c->L, j),
                    .count = at(c->count, j),
                    .m = at(c->M, j),
                    .d = at(c->D, group % c->p->P),
                    .v = at(c->V, j),
                    .a = w,
                    .k = w + most,
                    .g = at(c->g, j)};
}

/* ---- one set ----------------------------------------------------------------------- */

static int64_t row_of(const column *u, int64_t i)
{
    return (int64_t)u->rows[i];
}

/* The threshold's entry of row i of the set, with its sign. */
static double entry(const cvr_cones *c, const column *u, int64_t i)
{
    int64_t row = row_of(u, i);
    return sign(u, row) * at(c->X, row)[c->p->w];
}

static bool thresholds(const cvr_cones *c)
{
    return c->p->w < c->p->d;
}

static bool join(cvr_cones *c, column *u, int64_t row)
{
    int64_t count = (int64_t)*u->count, d = c->p->d;
    const double *x = at(c->X, row);
    if (count >= c->most)
        return false;
    for (int64_t i = 0; i < count; i++) {
        int64_t other = row_of(u, i);
        double product = c->gram.rows > 0 ? at(c->gram, row)[other]
                                          : cvr_grown_dot(d, x, at(c->X, other));
        u->a[i] = sign(u, row) * sign(u, other) * product;
    }
    if (!cvr_grown_add(u->L, count, u->a))
        return false;
    u->rows[count] = (double)row;
    u->y[count] = 0;
    u->g[count] = sign(u, row) * cvr_grown_dot(c->p->w, u->m, x);
    *u->count = (double)(count + 1);
    return true;
}

static void leave(column *u, int64_t i)
{
    int64_t count = (int64_t)*u->count;
    cvr_grown_drop(u->L, count, i, u->a);
    for (int64_t r = i + 1; r < count; r++) {
        u->rows[r - 1] = u->rows[r];
        u->y[r - 1] = u->y[r];
        u->g[r - 1] = u->g[r];
    }
    *u->count = (double)(count - 1);
}

/* g = G_A (m, 0): without thresholds. */
static void products(const cvr_cones *c, column *u)
{
    for (int64_t i = 0; i < (int64_t)*u->count; i++)
        u->g[i] =
            sign(u, row_of(u, i)) * cvr_grown_dot(c->p->w, u->m, at(c->X, row_of(u, i)));
}

/* a and k, and of p = (m, 0) - G_A'a and q = G_A'k the products, without thresholds:
       K a = g,  K k = h:   |p|^2 = |m|^2 - g'a - (h'a)^2,  p'q = h'a h'k,
                            |q|^2 = h'k - (h'k)^2. */
static void solve(const cvr_cones *c, column *u)
{
    int64_t count = (int64_t)*u->count, w = c->p->w;
    bool free = thresholds(c);
    for (int64_t i = 0; i < count; i++) {
        u->a[i] = u->g[i];
        u->k[i] = free ? entry(c, u, i) : 0;
    }
    cvr_grown_solve(u->L, count, u->a);
    if (free)
        cvr_grown_solve(u->L, count, u->k);
    u->ha = u->hk = 0;
    u->threshold = free ? u->m[w] : 0;
    for (int64_t i = 0; i < count && free; i++) {
        u->ha += entry(c, u, i) * u->a[i];
        u->hk += entry(c, u, i) * u->k[i];
    }
    u->pp = u->mm - cvr_grown_dot(count, u->g, u->a) - u->ha * u->ha;
    u->pq = u->ha * u->hk;
    u->qq = u->hk - u->hk * u->hk;
}

/* ---- groups ------------------------------------------------------------------------ */

static double multiple(const column *u, double e)
{
    double under = e + (1 - e) * u->hk;
    return u->hk > 0 && under > 0 ? ((1 - e) * u->ha - u->threshold) / under : 0;
}

/* (1 - e) |p + c q| - t over all columns. */
static double excess(const cvr_cones *c, double e)
{
    double size2 = 0;
    for (int64_t k = 0; k < c->p->C; k++) {
        const column *u = &c->columns[k];
        double f = multiple(u, e);
        size2 += u->pp + f * (2 * u->pq + f * u->qq);
    }
    return (1 - e) * sqrt(fmax(size2, 0)) - c->t;
}

/* The root e of the excess, which falls, by the Illinois rule. */
static double shrinkage(const cvr_cones *c)
{
    double low = 0, high = 1, at_low = excess(c, 0), at_high = -c->t, side = 0;
    if (!(at_low > 0) || at_high == 0)
        return at_low > 0;
    for (int k = 0; k < 100 && high - low > 4e-16 * high; k++) {
        double e = (low * at_high - high * at_low) / (at_high - at_low);
        double x = excess(c, e = fmin(fmax(e, low), high));
        if (x == 0)
            return e;
        if (x > 0) {
            low = e;
            at_low = x;
            at_high *= side > 0 ? 0.5 : 1;
        } else {
            high = e;
            at_high = x;
            at_low *= side < 0 ? 0.5 : 1;
        }
        side = x;
    }
    return low;
}

/* a = the multipliers on the sets as they are; the largest step from y to them, at most
   1, that keeps all of them from turning negative. */
static double aim(cvr_cones *c, double *e)
{
    double step = 1;
    *e = shrinkage(c);
    for (int64_t k = 0; k < c->p->C; k++) {
        column *u = &c->columns[k];
        double f = multiple(u, *e);
        for (int64_t i = 0; i < (int64_t)*u->count; i++) {
            u->a[i] = f * u->k[i] - u->a[i];
            if (!(u->a[i] > 0))
                step = fmin(step, u->y[i] > 0 ? u->y[i] / (u->y[i] - u->a[i]) : 0);
        }
    }
    return step;
}

/* y goes a part of the way; rows whose y is 0 there leave. */
static void move(column *u, double step)
{
    for (int64_t i = 0; i < (int64_t)*u->count; i++) {
        double to = u->a[i], far = u->y[i] > 0 ? u->y[i] / (u->y[i] - to) : 0;
        u->y[i] = to > 0 || far > step ? u->y[i] + step * (to - u->y[i]) : 0;
    }
    for (int64_t i = (int64_t)*u->count; i-- > 0;)
        if (!(u->y[i] > 0) && step < 1)
            leave(u, i);
}

/* The best multipliers on subsets of the sets. */
static double settle(cvr_cones *c)
{
    double step = 0, e = 0;
    while (step < 1) {
        for (int64_t k = 0; k < c->p->C; k++)
            solve(c, &c->columns[k]);
        step = aim(c, &e);
        for (int64_t k = 0; k < c->p->C; k++)
            move(&c->columns[k], step);
    }
    return e;
}

/* ---- rounds ------------------------------------------------------------------------ */

/* Column u of v / e = m + G_A'y, g_0 + h'y in the place of a threshold; |v / e|^2. */
static double place(const cvr_cones *c, column *u)
{
    int64_t w = c->p->w;
    memcpy(u->v, u->m, (size_t)c->p->d * sizeof *u->v);
    for (int64_t i = 0; i < (int64_t)*u->count; i++)
        cvr_grown_axpy(c->p->d, sign(u, row_of(u, i)) * u->y[i], at(c->X, row_of(u, i)),
                       u->v);
    return cvr_grown_dot(w, u->v, u->v);
}

/* The threshold of v / e. Where e = 0 only one that no row holds is looked at: it is as
   good as infinite. */
static void scale_threshold(const cvr_cones *c, column *u, double e)
{
    double *g = &u->v[c->p->w];
    if (thresholds(c))
        *g = e > 0 ? *g / e : *u->count > 0 ? 0 : 1e3 * *g;
}

static column open_group_column(const cvr_cones *c, int64_t number, int64_t k)
{
    column u = open_column(c, number, k);
    u.mm = cvr_grown_dot(c->p->w, u.m, u.m);
    return u;
}

static void place_group(cvr_cones *c, int64_t number)
{
    double e, size2 = 0;
    for (int64_t k = 0; k < c->p->C; k++)
        c->columns[k] = open_group_column(c, number, k);
    e = settle(c);
    for (int64_t k = 0; k < c->p->C; k++)
        size2 += place(c, &c->columns[k]);
    if (e > 0) /* without the cancellation of the root */
        e = fmax(0, 1 - c->t / sqrt(size2));
    c->e[number] = e;
    for (int64_t k = 0; k < c->p->C; k++)
        scale_threshold(c, &c->columns[k], e);
}

/* Rows of column u that its products z violate join its set: the worst, and in the first
   rounds others, to half of the room that is left. */
static bool take(cvr_cones *c, column *u, const double *z, bool several)
{
    int64_t row = -1, d = c->p->d, room = (c->most - (int64_t)*u->count) / 2;
    double worst = 0, size = sqrt(cvr_grown_dot(d, u->v, u->v));
    for (int64_t i = 0; i < c->n; i++)
        if (-sign(u, i) * z[i] > worst) {
            worst = -sign(u, i) * z[i];
            row = i;
        }
    if (row == (int64_t)c->worst[u->j] || !(worst > 1e-13 * size))
        return false;
    c->worst[u->j] = several ? -1 : (double)row;
    if (!join(c, u, row))
        return false;
    for (int64_t i = 0; i < c->n && several && room > 0; i++)
        if (i != row && -sign(u, i) * z[i] >= 0.6 * worst)
            room -= join(c, u, i);
    return true;
}

/* The rows of one group at points whose products begin at column `first` of Z. */
static bool look(cvr_cones *c, int64_t number, int64_t first, bool several)
{
    bool more = false;
    for (int64_t k = 0; k < c->p->C; k++) {
        column u = open_column(c, number, k);
        bool idle = c->e[number] == 0 && (!thresholds(c) || *u.count > 0);
        more |= !idle && take(c, &u, at(c->Z, first + k), several);
    }
    return more;
}

/* One product for the groups that are asked; those with new rows are asked again. Returns
   how many. */
static int64_t ask(cvr_cones *c, int64_t count, bool several)
{
    int64_t C = c->p->C, again = 0;
    cvr_mat Q = cvr_mat_cols(c->Q, 0, count * C), Z = cvr_mat_cols(c->Z, 0, count * C);
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < C; k++)
            cvr_copy(cvr_mat_cols(Q, i * C + k, 1),
                     cvr_mat_cols(c->V, column_of(c, c->asked[i], k), 1));
    cvr_gemm(Z, 1, CVR_T, c->X, CVR_N, Q, 0);
    for (int64_t i = 0; i < count; i++)
        if (look(c, c->asked[i], i * C, several)) {
            place_group(c, c->asked[i]);
            c->asked[again++] = c->asked[i];
        }
    return again;
}

/* v = e (v / e). Where e = 0 a threshold that no row holds stays. */
static void shrink(cvr_cones *c, int64_t number)
{
    double e = c->e[number];
    for (int64_t k = 0; k < c->p->C; k++) {
        column u = open_column(c, number, k);
        double alone = *u.count > 0 || !thresholds(c) ? 0 : u.m[c->p->w];
        for (int64_t i = 0; i < c->p->d; i++)
            u.v[i] *= e;
        if (e == 0 && thresholds(c))
            u.v[c->p->w] = alone;
    }
}

static void project(cvr_cones *c)
{
    int64_t count = 0;
    cvr_fill(c->V, 0);
    for (int64_t j = 0; j < c->p->m; j++)
        c->worst[j] = -1;
    for (int64_t i = 0; i < groups(c); i++)
        if (own(c, i)) {
            for (int64_t k = 0; k < c->p->C; k++) {
                column u = open_column(c, i, k);
                products(c, &u);
            }
            place_group(c, i);
            c->asked[count++] = i;
        }
    for (int64_t round = 0; count > 0 && round < 100 + 2 * c->most; round++) {
        if (cvr_interrupt_poll(c->p->comm))
            return;
        count = ask(c, count, round < WIDE_ROUNDS);
    }
    for (int64_t i = 0; i < groups(c); i++)
        if (own(c, i))
            shrink(c, i);
}

cvr_status cvr_cones_project(cvr_cones *c, cvr_mat V, cvr_mat M, double t)
{
    cvr_status status = CVR_OK;
    cvr_copy(c->M, M);
    c->t = t;
    project(c);
    cvr_copy(V, c->V);
    CVR_TRY(cvr_allreduce(c->p->comm, V));
    CVR_TRY(cvr_interrupt_check(c->p->comm));
done:
    return status;
}

void cvr_cones_scale(cvr_cones *c, double k)
{
    cvr_scale(c->y, k);
}

/* ---- multipliers ------------------------------------------------------------------- */

/* Sets of all processes, where there are several. */
static cvr_status share(cvr_cones *c, cvr_mat *rows, cvr_mat *y, cvr_mat *count)
{
    cvr_mat *const from[] = {&c->rows, &c->y, &c->count};
    cvr_mat *const all[] = {&c->all_rows, &c->all_y, &c->all_count};
    cvr_mat *const to[] = {rows, y, count};
    cvr_status status = CVR_OK;
    for (int k = 0; k < 3; k++) {
        *to[k] = *from[k];
        if (all[k]->rows == 0)
            continue;
        *to[k] = *all[k];
        cvr_copy(*all[k], *from[k]);
        CVR_TRY(cvr_allreduce(c->p->comm, *all[k]));
    }
done:
    return status;
}

cvr_status cvr_cones_multipliers(cvr_cones *c, cvr_mat T, double k)
{
    const cvr_program *p = c->p;
    int64_t first = p->problem->first;
    cvr_mat rows, y, count;
    cvr_status status = CVR_OK;
    CVR_TRY(share(c, &rows, &y, &count));
    for (int64_t j = 0; j < p->m; j++)
        for (int64_t i = 0; i < (int64_t)*at(count, j); i++) {
            int64_t row = (int64_t)at(rows, j)[i], here = row - first;
            double mu = k * at(y, j)[i] / at(c->size, 0)[row];
            if (here >= 0 && here < p->n)
                cvr_set(T, here, j,
                        cvr_get(T, here, j) + (2 * at(c->D, j % p->P)[row] - 1) * mu);
        }
done:
    return status;
}

/* ---- making ------------------------------------------------------------------------ */

static int64_t most_rows(const cvr_program *p)
{
    return p->problem->rows < p->d ? p->problem->rows : p->d;
}

double cvr_cones_flops(const cvr_program *p)
{
    double half = (double)most_rows(p) / 2;
    return (double)p->m * half * half * half;
}

cvr_status cvr_cones_lay_out(cvr_cones *c, const cvr_program *p, cvr_workspace *w)
{
    int64_t n = p->problem->rows, most = most_rows(p), d = p->d, m = p->m;
    bool several = cvr_comm_size(p->comm) > 1, gram = n <= GRAM_ROWS && d > GRAM_COLUMNS;
    cvr_status status = CVR_OK;
    c->p = p;
    c->n = n;
    c->most = most;
    cvr_workspace_push(w, "cones", 0);
    CVR_LAY_DOUBLE(w, d, n, &c->X);
    CVR_LAY_DOUBLE(w, n, p->P, &c->D);
    CVR_LAY_DOUBLE(w, n, 1, &c->size);
    CVR_LAY_DOUBLE(w, gram ? n : 0, gram ? n : 0, &c->gram);
    cvr_lay_total(w, "rows", &c->rows, CVR_DOUBLE, most, m, true);
    cvr_lay_total(w, "y", &c->y, CVR_DOUBLE, most, m, true);
    cvr_lay_total(w, "L", &c->L, CVR_DOUBLE, most * (most + 1) / 2, m, true);
    cvr_lay_total(w, "count", &c->count, CVR_DOUBLE, 1, m, true);
    CVR_LAY_DOUBLE(w, several ? most : 0, m, &c->all_rows, &c->all_y);
    CVR_LAY_DOUBLE(w, several ? 1 : 0, m, &c->all_count);
    CVR_LAY_DOUBLE(w, d, m, &c->V, &c->M, &c->Q);
    CVR_LAY_DOUBLE(w, n, m, &c->Z);
    CVR_LAY_DOUBLE(w, most, m, &c->g);
    cvr_lay_passing(w, 2 * n, d);
    CVR_TRY(cvr_lay_array(w, (void **)&c->columns, p->C, sizeof *c->columns));
    CVR_TRY(cvr_lay_array(w, (void **)&c->work, p->C * 2 * most, sizeof(double)));
    CVR_TRY(cvr_lay_array(w, (void **)&c->e, m, sizeof *c->e));
    CVR_TRY(cvr_lay_array(w, (void **)&c->worst, m, sizeof *c->worst));
    CVR_TRY(cvr_lay_array(w, (void **)&c->asked, m, sizeof *c->asked));
    cvr_workspace_pop(w);
done:
    return status;
}

/* A (n x k of all processes, double) = the own rows of B, gathered. */
static cvr_status gather(const cvr_program *p, cvr_mat B, cvr_mat A)
{
    cvr_mat all = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(p->comm,
                                 cvr_mat_new(B.device, B.type, A.rows, A.cols, &all)));
    CVR_TRY(cvr_allgather(p->comm, B, all));
    cvr_copy(A, all);
done:
    cvr_mat_free(&all);
    return status;
}

cvr_status cvr_cones_start(cvr_cones *c)
{
    const cvr_program *p = c->p;
    cvr_mat X = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(p->comm,
                                 cvr_mat_new(cvr_cpu(), CVR_DOUBLE, c->n, p->d, &X)));
    CVR_TRY(gather(p, p->X, X));
    CVR_TRY(gather(p, p->D, c->D));
    cvr_transpose(c->X, X);
    for (int64_t i = 0; i < c->n; i++) {
        cvr_mat x = cvr_mat_cols(c->X, i, 1);
        double size = sqrt(cvr_dot(x, x));
        cvr_set(c->size, i, 0, size > 0 ? size : 1);
        cvr_scale(x, size > 0 ? 1 / size : 0);
    }
    if (c->gram.rows > 0) {
        cvr_gram(c->gram, 1, CVR_T, c->X, 0);
        cvr_symmetrize(c->gram);
    }
done:
    cvr_mat_free(&X);
    return status;
}

/* What a file says of sets is sets. */
static bool sound(const cvr_cones *c)
{
    for (int64_t j = 0; j < c->p->m; j++) {
        double count = *at(c->count, j);
        if (!(count >= 0 && count <= (double)c->most && count == floor(count)))
            return false;
        for (int64_t i = 0; i < (int64_t)count; i++) {
            double row = at(c->rows, j)[i];
            if (!(row >= 0 && row < (double)c->n && row == floor(row)))
                return false;
        }
    }
    return true;
}

/* All have all columns: each keeps its own. */
cvr_status cvr_cones_restored(cvr_cones *c)
{
    cvr_mat *const parts[] = {&c->rows, &c->y, &c->L, &c->count};
    cvr_status status = CVR_OK;
    if (!sound(c))
        status = cvr_fail(CVR_BAD_DATA, "a checkpoint's sets of rows are none");
    CVR_TRY(cvr_allreduce_status(c->p->comm, status));
    for (int64_t i = 0; i < groups(c); i++)
        for (int64_t k = 0; k < 4 * c->p->C && !own(c, i); k++)
            cvr_fill(cvr_mat_cols(*parts[k % 4], column_of(c, i, k / 4), 1), 0);
done:
    return status;
}
