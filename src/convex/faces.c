/* Opposite rows are found by their angle with a random direction, which is opposite too:
   sorted by its size they are neighbours. */
#include "convex/faces.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "linalg/mats.h"
#include "linalg/rows.h"
#include "parallel/comm.h"

/* A row of all processes: x'g / |x|. */
typedef struct bearing {
    double angle;
    int64_t row;
} bearing;

typedef struct compass {
    const cvr_program *p;
    cvr_mat X, D, own; /* n_all x d and n_all x P, in memory of their own or not */
    cvr_mat x, y;      /* d x 1: rows of length 1, as columns */
    bearing *list;     /* of the rows that are not 0 */
    int64_t count;
    double rounding;
} compass;

/* ---- pairs of rows ----------------------------------------------------------------- */

static cvr_status gather(compass *c)
{
    const cvr_program *p = c->p;
    int64_t rows = p->problem->rows;
    cvr_status status = CVR_OK;
    c->X = p->X;
    c->D = p->D;
    if (cvr_comm_size(p->comm) == 1)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(
        p->comm, cvr_mat_new(p->X.device, p->X.type, rows, p->d + p->P, &c->own)));
    c->X = cvr_mat_cols(c->own, 0, p->d);
    c->D = cvr_mat_cols(c->own, p->d, p->P);
    CVR_TRY(cvr_allgather(p->comm, p->X, c->X));
    CVR_TRY(cvr_allgather(p->comm, p->D, c->D));
done:
    return status;
}

/* x = row j of X in length 1; false: it is 0. */
static bool direction(cvr_mat X, int64_t j, cvr_mat x)
{
    double size;
    cvr_transpose(x, cvr_mat_rows(X, j, 1));
    size = sqrt(cvr_dot(x, x));
    if (size > 0)
        cvr_scale(x, 1 / size);
    return size > 0;
}

static int by_size(const void *a, const void *b)
{
    double x = ((const bearing *)a)->angle, y = ((const bearing *)b)->angle;
    return fabs(x) != fabs(y) ? (fabs(x) > fabs(y)) - (fabs(x) < fabs(y))
                              : (x > y) - (x < y);
}

/* The list, sorted. Not collective. */
static cvr_status take_bearings(compass *c)
{
    int64_t rows = c->X.rows;
    cvr_mat g = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(c->X.device, c->X.type, c->X.cols, 1, &g));
    CVR_TRY(cvr_alloc(rows, sizeof *c->list, "directions of rows", (void **)&c->list));
    cvr_random_normal(g, c->p->problem->seed, CVR_FOR_CHECKS, 0);
    for (int64_t j = 0; j < rows; j++)
        if (direction(c->X, j, c->x))
            c->list[c->count++] = (bearing){cvr_dot(g, c->x), j};
    qsort(c->list, (size_t)c->count, sizeof *c->list, by_size);
done:
    cvr_mat_free(&g);
    return status;
}

/* The row behind number k of the list that is opposite to it, which is left in c->x; -1:
   none. Of rows of one direction the first is asked alone. */
static int64_t opposite(compass *c, int64_t k)
{
    const bearing *b = &c->list[k];
    double near = 8 * c->rounding;
    if (k > 0 && fabs(b->angle - b[-1].angle) <= near)
        return -1;
    direction(c->X, b->row, c->x);
    for (int64_t i = k + 1;
         i < c->count && fabs(c->list[i].angle) - fabs(b->angle) <= near; i++) {
        if (c->list[i].angle * b->angle > 0)
            continue;
        direction(c->X, c->list[i].row, c->y);
        cvr_axpby(c->y, 1, c->x, 1);
        if (sqrt(cvr_dot(c->y, c->y)) <= near)
            return c->list[i].row;
    }
    return -1;
}

/* ---- faces ------------------------------------------------------------------------- */

/* a -= Q Q'a, twice for rounding. */
static void take_out(cvr_mat Q, cvr_mat a)
{
    for (int64_t k = 0; k < 2 * Q.cols; k++) {
        cvr_mat q = cvr_mat_cols(Q, k % Q.cols, 1);
        cvr_axpby(a, -cvr_dot(q, a), q, 1);
    }
}

/* Q grows by what x adds to its span; x is overwritten. */
static cvr_status widen(cvr_mat *Q, cvr_mat x, double rounding)
{
    cvr_mat wider = {0};
    double size;
    cvr_status status = CVR_OK;
    take_out(*Q, x);
    size = sqrt(cvr_dot(x, x));
    if (size <= sqrt(rounding))
        return CVR_OK;
    CVR_TRY(cvr_mat_new(x.device, x.type, x.rows, Q->cols + 1, &wider));
    cvr_copy(cvr_mat_cols(wider, 0, Q->cols), *Q);
    cvr_axpby(cvr_mat_cols(wider, Q->cols, 1), 1 / size, x, 0);
    cvr_mat_free(Q);
    *Q = wider;
done:
    return status;
}

/* The pair at hand, of which x is one, and the patterns that are active on both. */
static cvr_status add_pair(compass *c, int64_t one, int64_t other, cvr_faces *f)
{
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < f->count; i++)
        if (cvr_get(c->D, one, i) > 0 && cvr_get(c->D, other, i) > 0) {
            cvr_copy(c->y, c->x);
            CVR_TRY(widen(&f->Q[i], c->y, c->rounding));
        }
done:
    return status;
}

static cvr_status find_pairs(compass *c, cvr_faces *f)
{
    const cvr_program *p = c->p;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(p->P, sizeof *f->Q, "faces of cones", (void **)&f->Q));
    f->count = p->P;
    for (int64_t i = 0; i < p->P; i++)
        f->Q[i] = (cvr_mat){p->d, 0, p->d, p->X.type, p->X.device, NULL};
    if (c->X.rows > 0)
        CVR_TRY(take_bearings(c));
    for (int64_t k = 0; k < c->count; k++) {
        int64_t other = opposite(c, k);
        if (other >= 0)
            CVR_TRY(add_pair(c, c->list[k].row, other, f));
    }
done:
    return status;
}

/* c->x, of length 1, says nothing of points in face i. */
static bool rests(compass *c, cvr_mat Q)
{
    if (Q.cols == 0)
        return false;
    cvr_copy(c->y, c->x);
    take_out(Q, c->y);
    return sqrt(cvr_dot(c->y, c->y)) <= 100 * c->rounding;
}

static cvr_status find_idle(compass *c, cvr_faces *f)
{
    const cvr_program *p = c->p;
    bool any = false;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_mat_new(p->X.device, p->X.type, p->n, p->P, &f->idle));
    for (int64_t j = 0; j < p->n; j++) {
        bool zero = !direction(p->X, j, c->x);
        for (int64_t i = 0; i < p->P; i++)
            if (zero || rests(c, f->Q[i])) {
                cvr_set(f->idle, j, i, 1);
                any = true;
            }
    }
    if (!any)
        cvr_mat_free(&f->idle);
done:
    return status;
}

static cvr_status find(compass *c, cvr_faces *f)
{
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(c->p->X, c->p->d, 1, &c->x, &c->y));
    CVR_TRY(find_pairs(c, f));
    CVR_TRY(find_idle(c, f));
done:
    return status;
}

cvr_status cvr_faces_find(const cvr_program *p, cvr_faces *f)
{
    compass c = {.p = p,
                 .rounding =
                     p->X.type == CVR_DOUBLE ? 16 * DBL_EPSILON : 16 * FLT_EPSILON};
    cvr_status status = CVR_OK;
    *f = (cvr_faces){0};
    if (cvr_convex_options_of(p->problem)->gates)
        CVR_TRY(gather(&c));
    CVR_TRY(cvr_allreduce_status(p->comm, find(&c, f)));
done:
    CVR_MATS_FREE(&c.own, &c.x, &c.y);
    cvr_release(c.list);
    if (status != CVR_OK)
        cvr_faces_free(f);
    return status;
}

void cvr_faces_free(cvr_faces *f)
{
    for (int64_t i = 0; f->Q && i < f->count; i++)
        cvr_mat_free(&f->Q[i]);
    cvr_release(f->Q);
    cvr_mat_free(&f->idle);
    *f = (cvr_faces){0};
}

bool cvr_faces_any(const cvr_faces *f)
{
    for (int64_t i = 0; i < f->count; i++)
        if (f->Q[i].cols > 0)
            return true;
    return false;
}

bool cvr_faces_project(const cvr_faces *f, cvr_mat A)
{
    bool moved = false;
    for (int64_t j = 0; j < A.cols; j++)
        if (f->Q[j % f->count].cols > 0) {
            take_out(f->Q[j % f->count], cvr_mat_cols(A, j, 1));
            moved = true;
        }
    return moved;
}
