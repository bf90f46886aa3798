#include "convex/cone_set.h"

#include <math.h>

#include "linalg/grown.h"

enum { CHUNK = 64 };

static double *at(cvr_mat A, int64_t j)
{
    return (double *)A.data + j * A.ld;
}

/* Column number k of a group. */
int64_t cvr_cone_column_of(const cvr_cones *c, int64_t group, int64_t k)
{
    int64_t P = c->p->P, groups = c->p->groups;
    return group / groups * c->p->C * P + k * P + group % groups;
}

static cvr_cone_column open_column(const cvr_cones *c, int64_t group, int64_t k,
                                   double *work)
{
    int64_t j = cvr_cone_column_of(c, group, k);
    return (cvr_cone_column){.j = j,
                             .rows = at(c->rows, j),
                             .y = at(c->y, j),
                             .L = at(c->L, j),
                             .count = at(c->count, j),
                             .m = at(c->M, j),
                             .d = at(c->D, group % c->p->groups % c->p->P),
                             .v = at(c->V, j),
                             .a = work,
                             .k = work + c->most,
                             .g = at(c->g, j)};
}

void cvr_cone_open(cvr_cone_group *g, int64_t number)
{
    g->number = number;
    for (int64_t k = 0; k < g->c->C; k++)
        g->columns[k] = open_column(g->c, number, k, g->work + 2 * k * g->c->most);
}

bool cvr_cone_thresholds(const cvr_cones *c)
{
    return c->p->w < c->p->d;
}

void cvr_cone_products(const cvr_cones *c, cvr_cone_column *u, const double *Z)
{
    for (int64_t i = 0; i < (int64_t)*u->count; i++) {
        int64_t row = cvr_cone_row(u, i);
        u->g[i] = cvr_cone_sign(u, row) *
                  (Z ? Z[row] : cvr_grown_dot(c->p->w, u->m, at(c->X, row)));
    }
}

/* The threshold's entry of row i of the set, with its sign. */
static double entry(const cvr_cones *c, const cvr_cone_column *u, int64_t i)
{
    int64_t row = cvr_cone_row(u, i);
    return cvr_cone_sign(u, row) * at(c->X, row)[c->p->w];
}

/* ---- rows come and go -------------------------------------------------------------- */

/* Products of one row with `count` others. */
static void take_products(const cvr_cones *c, const cvr_cone_column *u, int64_t row,
                          const double *others, int64_t count, double *to)
{
    const double *gram = c->gram.rows > 0 ? at(c->gram, row) : NULL;
    double s = cvr_cone_sign(u, row);
    for (int64_t i = 0; i < count; i++) {
        int64_t other = (int64_t)others[i];
        double x =
            gram ? gram[other] : cvr_grown_dot(c->p->d, at(c->X, row), at(c->X, other));
        to[i] = s * cvr_cone_sign(u, other) * x;
    }
}

/* Rows that a factor may take at once. g: their G_A (m, 0), or NULL: it is made. */
static int64_t join_lines(cvr_cones *c, cvr_cone_column *u, const double *list,
                          const double *g, int64_t count)
{
    int64_t k = (int64_t)*u->count, found = 0;
    bool taken[CHUNK];
    for (int64_t i = 0; i < count; i++) {
        double *line = cvr_grown_line(u->L, k + i);
        take_products(c, u, (int64_t)list[i], u->rows, k, line);
        take_products(c, u, (int64_t)list[i], list, i, line + k);
    }
    cvr_grown_add_lines(u->L, k, count, taken);
    for (int64_t i = 0; i < count; i++) {
        int64_t row = (int64_t)list[i];
        if (!taken[i])
            continue;
        u->rows[k + found] = (double)row;
        u->y[k + found] = 0;
        u->g[k + found++] =
            g ? g[i]
              : cvr_cone_sign(u, row) * cvr_grown_dot(c->p->w, u->m, at(c->X, row));
    }
    *u->count = (double)(k + found);
    return found;
}

static int64_t join(cvr_cones *c, cvr_cone_column *u, const double *g, int64_t count)
{
    int64_t found = 0, next = 0;
    while (next < count) {
        int64_t k = (int64_t)*u->count, room = cvr_grown_room(k);
        room = room < c->most - k ? room : c->most - k;
        room = room < count - next ? room : count - next;
        if (room == 0)
            break;
        found += join_lines(c, u, u->k + next, g ? g + next : NULL, room);
        next += room;
    }
    return found;
}

int64_t cvr_cone_join(cvr_cones *c, cvr_cone_column *u, int64_t count)
{
    return join(c, u, NULL, count);
}

static void leave(cvr_cone_column *u, int64_t i)
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

/* Rows from `first` on whose y is not positive leave, by a new factor of the others. */
static void rebuild(cvr_cones *c, cvr_cone_column *u, int64_t first)
{
    int64_t count = (int64_t)*u->count, kept = 0;
    for (int64_t i = first; i < count; i++)
        if (u->y[i] > 0) {
            u->k[kept] = u->rows[i];
            u->a[kept++] = u->g[i];
        }
    *u->count = (double)first;
    join(c, u, u->a, kept);
}

/* Rows whose y is not positive leave. Rotations for each of them cost about 4 count^2, a
   new factor count^3 / 20 in the same unit. */
static void leave_all(cvr_cones *c, cvr_cone_column *u)
{
    int64_t count = (int64_t)*u->count, first = count, gone = 0;
    for (int64_t i = count; i-- > 0;)
        if (!(u->y[i] > 0)) {
            first = i;
            gone++;
        }
    if (count > CHUNK && 80 * gone > count) {
        rebuild(c, u, first);
        return;
    }
    for (int64_t i = count; i-- > first;)
        if (!(u->y[i] > 0))
            leave(u, i);
}

/* ---- solutions on sets ------------------------------------------------------------- */

/* a and k, and of p = (m, 0) - G_A'a and q = G_A'k the products, without thresholds:
       K a = g,  K k = h:   |p|^2 = |m|^2 - g'a - (h'a)^2,  p'q = h'a h'k,
                            |q|^2 = h'k - (h'k)^2. */
static void solve(const cvr_cones *c, cvr_cone_column *u)
{
    int64_t count = (int64_t)*u->count, w = c->p->w;
    bool free = cvr_cone_thresholds(c);
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

static double multiple(const cvr_cone_column *u, double e)
{
    double under = e + (1 - e) * u->hk;
    return u->hk > 0 && under > 0 ? ((1 - e) * u->ha - u->threshold) / under : 0;
}

/* (1 - e) |p + c q| - t over all columns. */
static double excess(const cvr_cone_group *g, double e)
{
    double size2 = 0;
    for (int64_t k = 0; k < g->c->C; k++) {
        const cvr_cone_column *u = &g->columns[k];
        double f = multiple(u, e);
        size2 += u->pp + f * (2 * u->pq + f * u->qq);
    }
    return (1 - e) * sqrt(fmax(size2, 0)) - g->c->t;
}

/* The root e of the excess, which falls, by the Illinois rule. */
static double shrinkage(const cvr_cone_group *g)
{
    double low = 0, high = 1, at_low = excess(g, 0), at_high = -g->c->t, side = 0;
    if (!(at_low > 0) || at_high == 0)
        return at_low > 0;
    for (int k = 0; k < 100 && high - low > 4e-16 * high; k++) {
        double e = (low * at_high - high * at_low) / (at_high - at_low);
        double x = excess(g, e = fmin(fmax(e, low), high));
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

/* a = the multipliers on the sets as they are. Returns e. */
static double aim(cvr_cone_group *g)
{
    double e;
    for (int64_t k = 0; k < g->c->C; k++)
        solve(g->c, &g->columns[k]);
    e = shrinkage(g);
    for (int64_t k = 0; k < g->c->C; k++) {
        cvr_cone_column *u = &g->columns[k];
        double f = multiple(u, e);
        for (int64_t i = 0; i < (int64_t)*u->count; i++)
            u->a[i] = f * u->k[i] - u->a[i];
    }
    return e;
}

/* The largest step from y to a, at most 1, that keeps all from turning negative. */
static double step_of(const cvr_cone_group *g)
{
    double step = 1;
    for (int64_t k = 0; k < g->c->C; k++) {
        const cvr_cone_column *u = &g->columns[k];
        for (int64_t i = 0; i < (int64_t)*u->count; i++)
            if (!(u->a[i] > 0))
                step = fmin(step, u->y[i] > 0 ? u->y[i] / (u->y[i] - u->a[i]) : 0);
    }
    return step;
}

/* y goes a part of the way; rows whose y is 0 there leave. */
static void move(cvr_cone_column *u, double step)
{
    for (int64_t i = 0; i < (int64_t)*u->count; i++) {
        double to = u->a[i], far = u->y[i] > 0 ? u->y[i] / (u->y[i] - to) : 0;
        u->y[i] = to > 0 || far > step ? u->y[i] + step * (to - u->y[i]) : 0;
    }
    for (int64_t i = (int64_t)*u->count; i-- > 0;)
        if (!(u->y[i] > 0) && step < 1)
            leave(u, i);
}

static double settle_slowly(cvr_cone_group *g)
{
    double step = 0, e = 0;
    while (step < 1) {
        e = aim(g);
        step = step_of(g);
        for (int64_t k = 0; k < g->c->C; k++)
            move(&g->columns[k], step);
    }
    return e;
}

static double settle_quickly(cvr_cone_group *g)
{
    double step = 0, e = 0;
    while (step < 1) {
        e = aim(g);
        step = step_of(g);
        for (int64_t k = 0; k < g->c->C; k++) {
            cvr_cone_column *u = &g->columns[k];
            for (int64_t i = 0; i < (int64_t)*u->count; i++)
                u->y[i] = u->a[i];
            if (step < 1)
                leave_all(g->c, u);
        }
    }
    return e;
}

double cvr_cone_settle(cvr_cone_group *g, bool quick)
{
    for (int64_t k = 0; k < g->c->C; k++) {
        cvr_cone_column *u = &g->columns[k];
        u->mm = cvr_grown_dot(g->c->p->w, u->m, u->m);
    }
    return quick ? settle_quickly(g) : settle_slowly(g);
}
