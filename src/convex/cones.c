/* Sets of rows are found in rounds: one product with X for all columns that are not done,
   then the rows of each that it violates most. Groups are shared among threads; each is
   worked on by one, so that what is found does not depend on their number. Source:
   docs/mathematics.md, "Cones by projection". */
#include "convex/cones.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/bytes.h"
#include "linalg/blas_threads.h"
#include "linalg/grown.h"
#include "linalg/mats.h"
#include "linalg/rows.h"
#include "parallel/comm.h"
#include "parallel/threads.h"

enum { GRAM_COLUMNS = 64, QUICK_ROUNDS = 8 };

static double *at(cvr_mat A, int64_t j)
{
    return (double *)A.data + j * A.ld;
}

static int64_t groups(const cvr_cones *c)
{
    return c->p->signs * c->p->groups;
}

static bool own(const cvr_cones *c, int64_t group)
{
    cvr_comm *comm = c->p->comm;
    return group % cvr_comm_size(comm) == cvr_comm_rank(comm);
}

/* ---- threads ----------------------------------------------------------------------- */

/* Work on the groups that are asked: number i of them, with columns i C .. of Q and Z.
   Below half a millisecond threads cost more than they save. */
typedef void work_on(cvr_cones *c, cvr_cone_group *g, int64_t i);

typedef struct shared_work {
    cvr_cones *c;
    work_on *work;
    int64_t count;
    atomic_llong next;
} shared_work;

static void work_on_some(void *ctx, int thread)
{
    shared_work *r = ctx;
    int64_t i;
    while ((i = atomic_fetch_add(&r->next, 1)) < r->count)
        r->work(r->c, &r->c->team[thread], i);
}

static void for_each(cvr_cones *c, int64_t count, work_on *work)
{
    shared_work r = {.c = c, .work = work, .count = count};
    int64_t each = c->C * (c->most * c->most + c->n);
    bool alone = c->threads == 1 || count < 2 || count * each < 1000000;
    if (alone) {
        work_on_some(&r, 0);
        return;
    }
    cvr_blas_threads_hold();
    cvr_parallel_for(count < c->threads ? (int)count : c->threads, work_on_some, &r);
    cvr_blas_threads_release();
}

/* ---- rounds ------------------------------------------------------------------------ */

static cvr_mat of_group(const cvr_cones *c, cvr_mat A, int64_t i)
{
    return cvr_mat_cols(A, i * c->C, c->C);
}

/* Columns of m, weights alone, for products with all rows. */
static void gather_point(cvr_cones *c, cvr_cone_group *g, int64_t i)
{
    cvr_mat Q = of_group(c, c->Q, i);
    cvr_cone_open(g, c->asked[i]);
    for (int64_t k = 0; k < c->C; k++)
        memcpy(at(Q, k), g->columns[k].m, (size_t)c->p->w * sizeof(double));
}

static void make_products(cvr_cones *c, cvr_cone_group *g, int64_t i)
{
    cvr_mat Z = of_group(c, c->Z, i);
    cvr_cone_open(g, c->asked[i]);
    for (int64_t k = 0; k < c->C; k++)
        cvr_cone_products(c, &g->columns[k], c->dense ? at(Z, k) : NULL);
}

/* G_A (m, 0) of all sets. */
static void start_sets(cvr_cones *c, int64_t count)
{
    cvr_mat X = cvr_mat_rows(c->X, 0, c->p->w);
    if (c->dense) {
        for_each(c, count, gather_point);
        cvr_gemm(cvr_mat_cols(c->Z, 0, count * c->C), 1, CVR_T, X, CVR_N,
                 cvr_mat_part(c->Q, 0, 0, c->p->w, count * c->C), 0);
    }
    for_each(c, count, make_products);
}

/* The multipliers of the sets as they are. A group that is 0 with them is done. */
static void settle(cvr_cones *c, cvr_cone_group *g, int64_t i)
{
    bool held = true;
    double e;
    cvr_cone_open(g, c->asked[i]);
    e = c->e[g->number] = cvr_cone_settle(g, c->quick && c->dense);
    for (int64_t k = 0; k < c->C; k++)
        held = held && (!cvr_cone_thresholds(c) || *g->columns[k].count > 0);
    c->more[i] = e > 0 || !held;
}

/* The vectors y with their signs in Z and m in Q, or m + G_A'y in Q. */
static void place(cvr_cones *c, cvr_cone_group *g, int64_t i)
{
    cvr_mat Q = of_group(c, c->Q, i), Z = of_group(c, c->Z, i);
    cvr_cone_open(g, c->asked[i]);
    for (int64_t k = 0; k < c->C; k++) {
        const cvr_cone_column *u = &g->columns[k];
        memcpy(at(Q, k), u->m, (size_t)c->p->d * sizeof(double));
        if (c->dense)
            memset(at(Z, k), 0, (size_t)c->n * sizeof(double));
        for (int64_t r = 0; r < (int64_t)*u->count; r++) {
            int64_t row = cvr_cone_row(u, r);
            double y = cvr_cone_sign(u, row) * u->y[r];
            if (c->dense)
                at(Z, k)[row] = y;
            else
                cvr_grown_axpy(c->p->d, y, at(c->X, row), at(Q, k));
        }
    }
}

/* The threshold of v / e. Where e = 0 only one that no row holds is looked at: it is as
   good as infinite, so large that it alone says which rows are on the wrong side. */
static void scale_threshold(const cvr_cones *c, const cvr_cone_column *u, double e)
{
    int64_t w = c->p->w;
    double *g = &u->v[w];
    if (!cvr_cone_thresholds(c))
        return;
    if (e > 0)
        *g /= e;
    else if (*u->count > 0)
        *g = 0;
    else if (*g != 0)
        *g += copysign(1e3 * sqrt(cvr_grown_dot(w, u->v, u->v)), *g);
}

/* v / e in Q and V, and e without the cancellation of the root. */
static void measure_point(cvr_cones *c, cvr_cone_group *g, int64_t i)
{
    cvr_mat Q = of_group(c, c->Q, i);
    double size2 = 0, *e = &c->e[c->asked[i]];
    cvr_cone_open(g, c->asked[i]);
    for (int64_t k = 0; k < c->C; k++)
        size2 += cvr_grown_dot(c->p->w, at(Q, k), at(Q, k));
    if (*e > 0)
        *e = fmax(0, 1 - c->t / sqrt(size2));
    for (int64_t k = 0; k < c->C; k++) {
        const cvr_cone_column *u = &g->columns[k];
        memcpy(u->v, at(Q, k), (size_t)c->p->d * sizeof(double));
        scale_threshold(c, u, *e);
        memcpy(at(Q, k), u->v, (size_t)c->p->d * sizeof(double));
    }
}

/* How far row i is on the wrong side. */
static double violation(const cvr_cone_column *u, const double *z, int64_t i)
{
    return -cvr_cone_sign(u, i) * z[i];
}

/* The smallest share of the worst violation that no more than `most` rows reach. */
static double threshold(const cvr_cones *c, const cvr_cone_column *u, const double *z,
                        double worst, int64_t most)
{
    static const double shares[] = {0.01, 0.1, 0.3, 0.6};
    enum { SHARES = sizeof shares / sizeof *shares };
    int64_t reach[SHARES] = {0};
    int k = 0;
    if (!c->dense)
        return shares[SHARES - 1] * worst;
    for (int64_t i = 0; i < c->n; i++)
        for (k = 0; k < SHARES; k++)
            reach[k] += violation(u, z, i) >= shares[k] * worst;
    for (k = 0; k + 1 < SHARES && reach[k] > most;)
        k++;
    return shares[k] * worst;
}

/* Lists the rows that column u violates most: the worst, and in quick rounds others, at
   most 64 and as many as its set has, because more of them would leave again. */
static int64_t choose(const cvr_cones *c, cvr_cone_column *u, const double *z)
{
    int64_t held = (int64_t)*u->count, room = (c->most - held) / 2, count = 0, row = -1;
    int64_t most = room < 64 + held ? room : 64 + held;
    double worst = 0, least = 1e-13 * sqrt(cvr_grown_dot(c->p->d, u->v, u->v));
    for (int64_t i = 0; i < c->n; i++)
        if (violation(u, z, i) > worst) {
            worst = violation(u, z, i);
            row = i;
        }
    if (row == (int64_t)c->worst[u->j] || !(worst > least))
        return 0;
    c->worst[u->j] = c->quick ? -1 : (double)row;
    u->k[count++] = (double)row;
    if (!c->quick || most <= 1)
        return count;
    least = fmax(least, threshold(c, u, z, worst, most));
    for (int64_t i = 0; i < c->n && count < most; i++)
        if (i != row && violation(u, z, i) >= least)
            u->k[count++] = (double)i;
    return count;
}

/* Column u is 0 whatever rows join: they would only take the places of the others'. */
static bool idle(const cvr_cones *c, const cvr_cone_column *u, double e)
{
    return e == 0 && (!cvr_cone_thresholds(c) || *u->count > 0);
}

/* Rows that the products Z = X'v / e violate join. */
static void look(cvr_cones *c, cvr_cone_group *g, int64_t i)
{
    cvr_mat Z = of_group(c, c->Z, i);
    bool more = false;
    cvr_cone_open(g, c->asked[i]);
    for (int64_t k = 0; k < c->C; k++) {
        cvr_cone_column *u = &g->columns[k];
        int64_t count = idle(c, u, c->e[g->number]) ? 0 : choose(c, u, at(Z, k));
        more |= count > 0 && cvr_cone_join(c, u, count) > 0;
    }
    c->more[i] = more;
}

/* Of the groups that are asked those that are not done. */
static int64_t keep_asking(cvr_cones *c, int64_t count)
{
    int64_t again = 0;
    for (int64_t i = 0; i < count; i++)
        if (c->more[i])
            c->asked[again++] = c->asked[i];
    return again;
}

/* One round of the groups that are asked; those with new rows are asked again. Returns
   how many. */
static int64_t ask(cvr_cones *c, int64_t count)
{
    int64_t C = c->C;
    cvr_mat Q, Z;
    for_each(c, count, settle);
    count = keep_asking(c, count);
    if (count == 0)
        return 0;
    Q = cvr_mat_cols(c->Q, 0, count * C);
    Z = cvr_mat_cols(c->Z, 0, count * C);
    for_each(c, count, place);
    if (c->dense)
        cvr_gemm(Q, 1, CVR_N, c->X, CVR_N, Z, 1);
    for_each(c, count, measure_point);
    cvr_gemm(Z, 1, CVR_T, c->X, CVR_N, Q, 0);
    for_each(c, count, look);
    return keep_asking(c, count);
}

/* v = e (v / e). Where e = 0 a threshold that no row holds stays. */
static void shrink(cvr_cones *c, cvr_cone_group *g, int64_t i)
{
    double e = c->e[c->asked[i]];
    cvr_cone_open(g, c->asked[i]);
    for (int64_t k = 0; k < c->C; k++) {
        const cvr_cone_column *u = &g->columns[k];
        bool free = cvr_cone_thresholds(c);
        double alone = *u->count > 0 || !free ? 0 : u->m[c->p->w];
        for (int64_t r = 0; r < c->p->d; r++)
            u->v[r] *= e;
        if (e == 0 && free)
            u->v[c->p->w] = alone;
    }
}

/* All groups but those of a sign that --outer leaves out: they are 0. */
static int64_t ask_all(cvr_cones *c)
{
    int64_t count = 0;
    for (int64_t i = 0; i < groups(c); i++)
        if (own(c, i) && (c->p->outer == CVR_OUTER_ANY ||
                          (i < c->p->groups) == (c->p->outer == CVR_OUTER_POSITIVE)))
            c->asked[count++] = i;
    return count;
}

static void project(cvr_cones *c)
{
    int64_t count = ask_all(c);
    cvr_fill(c->V, 0);
    for (int64_t j = 0; j < c->p->m; j++)
        c->worst[j] = -1;
    start_sets(c, count);
    for (int64_t round = 0; count > 0 && round < 100 + 2 * c->most; round++) {
        if (cvr_interrupt_poll(c->p->comm))
            return;
        c->quick = round < QUICK_ROUNDS + c->most / 32;
        count = ask(c, count);
    }
    for_each(c, ask_all(c), shrink);
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

static int64_t used_of_factor(const void *cones, int64_t j)
{
    const cvr_cones *c = cones;
    return cvr_grown_size((int64_t)*at(c->count, j));
}

static cvr_status lay_out_team(cvr_cones *c, cvr_workspace *w)
{
    int64_t C = c->C;
    cvr_status status = CVR_OK;
    c->threads = cvr_blas_threads();
    c->threads = c->threads < CVR_MOST_THREADS ? c->threads : CVR_MOST_THREADS;
    CVR_TRY(cvr_lay_array(w, (void **)&c->team, c->threads, sizeof *c->team));
    CVR_TRY(cvr_lay_array(w, (void **)&c->columns, c->threads * C, sizeof *c->columns));
    CVR_TRY(cvr_lay_array(w, (void **)&c->work, c->threads * 2 * C * c->most,
                          sizeof(double)));
done:
    return status;
}

cvr_status cvr_cones_lay_out(cvr_cones *c, const cvr_program *p, cvr_workspace *w)
{
    int64_t n = p->problem->rows, most = most_rows(p), d = p->d, m = p->m;
    bool several = cvr_comm_size(p->comm) > 1,
         gram = n <= CVR_CONES_GRAM_ROWS && d > GRAM_COLUMNS;
    cvr_status status = CVR_OK;
    c->p = p;
    c->n = n;
    c->most = most;
    c->C = p->C * p->P / p->groups;
    c->dense = most > GRAM_COLUMNS && n < 4 * most;
    cvr_workspace_push(w, "cones", 0);
    CVR_LAY_DOUBLE(w, d, n, &c->X);
    CVR_LAY_DOUBLE(w, n, p->P, &c->D);
    CVR_LAY_DOUBLE(w, n, 1, &c->size);
    CVR_LAY_DOUBLE(w, gram ? n : 0, gram ? n : 0, &c->gram);
    cvr_lay_total(w, "rows", &c->rows, CVR_DOUBLE, most, m, true);
    cvr_lay_total(w, "y", &c->y, CVR_DOUBLE, most, m, true);
    cvr_lay_total(w, "count", &c->count, CVR_DOUBLE, 1, m, true);
    cvr_lay_total(w, "L", &c->L, CVR_DOUBLE, cvr_grown_size(most), m, true);
    cvr_lay_used(w, used_of_factor, c);
    CVR_LAY_DOUBLE(w, several ? most : 0, m, &c->all_rows, &c->all_y);
    CVR_LAY_DOUBLE(w, several ? 1 : 0, m, &c->all_count);
    CVR_LAY_DOUBLE(w, d, m, &c->V, &c->M, &c->Q);
    CVR_LAY_DOUBLE(w, n, m, &c->Z);
    CVR_LAY_DOUBLE(w, most, m, &c->g);
    cvr_lay_passing(w, 2 * n, d);
    CVR_TRY(lay_out_team(c, w));
    CVR_TRY(cvr_lay_array(w, (void **)&c->e, m, sizeof *c->e));
    CVR_TRY(cvr_lay_array(w, (void **)&c->worst, m, sizeof *c->worst));
    CVR_TRY(cvr_lay_array(w, (void **)&c->asked, m, sizeof *c->asked));
    CVR_TRY(cvr_lay_array(w, (void **)&c->more, m, sizeof *c->more));
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
    for (int i = 0; i < c->threads; i++)
        c->team[i] = (cvr_cone_group){.c = c,
                                      .columns = c->columns + i * c->C,
                                      .work = c->work + i * 2 * c->C * c->most};
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
        for (int64_t k = 0; k < 4 * c->C && !own(c, i); k++)
            cvr_fill(cvr_mat_cols(*parts[k % 4], cvr_cone_column_of(c, i, k / 4), 1), 0);
done:
    return status;
}
