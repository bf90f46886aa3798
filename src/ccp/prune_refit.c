/* Refitting a layer on its support, each output by itself: u has the few weights of its
   output that are not 0, and the bias, P the columns of X that go with them. With A the
   rows on the quadratic side (w = Pu > 0, or y > 0 and w = 0; all of them without a relu)
   a step goes to

       argmin sum_A (p'u - y)^2 + eps sum_j H_jj (u_j - u_j before)^2,  H = sum_A p p'

   where eps, the size of rounding, is for columns that are alike (a column of zeroes
   keeps its weight), and is halved until F falls. Rows that change sides are all that H
   has to be told of.

   Several processes take the steps of many outputs together: a step costs a message for
   all their H and one for all their F at some of the lengths that are tried. */
#include <math.h>

#include "base/bytes.h"
#include "ccp/prune.h"
#include "linalg/mats.h"

enum { STEPS = 50, HALVINGS = 30, BATCH = 2048, BESIDES = 3 };
static const double LEAST = 1e-30; /* worth */

/* An output that has not come to its end; the matrices are parts of those of refit. */
typedef struct output {
    cvr_mat column, y, worth;
    int64_t *support;   /* features; the bias is the last */
    int64_t size;       /* how many */
    cvr_mat P, w, p, k; /* own rows x size; own rows: Pu, P times the step, sides */
    cvr_mat H, Change;  /* size + 1 x size + 1: with y as the last column */
    cvr_mat u, trial;   /* size x 1 */
    double F, before;
    bool searching;
} output;

typedef struct refit {
    const cvr_prune_task *task;
    output *list;        /* the outputs at hand */
    double *F;           /* of each at the lengths that are tried */
    int64_t count;       /* how many */
    int64_t used, held;  /* columns of Tall, numbers of H */
    cvr_mat Tall;        /* own rows x room: P, w, p, k of each */
    cvr_mat Short;       /* room x 2: u, trial of each */
    int64_t *support;    /* room */
    cvr_mat H, Change;   /* room (most + 1) x 1: one after the other */
    cvr_mat Near, zero;  /* of the output at hand: most + 1 x most + 1, most x 1 */
    cvr_mat z;           /* own rows */
    cvr_mat Batch, Work; /* of side_switch and lasso */
    double slack, eps, small;
} refit;

/* ---- one output -------------------------------------------------------------------- */

/* Numbers of A from `at' on as a matrix. */
static cvr_mat shaped(cvr_mat A, int64_t at, int64_t rows, int64_t cols)
{
    return cvr_mat_reshape(cvr_mat_part(A, at, 0, rows * cols, 1), rows, cols);
}

static int64_t support_size(cvr_mat column)
{
    return cvr_count_nonzero(cvr_mat_part(column, 0, 0, column.rows - 1, 1)) + 1;
}

static void find_support(output *o)
{
    int64_t last = o->column.rows - 1, size = 0;
    for (int64_t j = 0; j < last; j++)
        if (cvr_get(o->column, j, 0) != 0)
            o->support[size++] = j;
    o->support[size] = last;
}

static void gather(const refit *r, output *o)
{
    for (int64_t j = 0; j < o->size; j++) {
        int64_t from = o->support[j];
        cvr_copy(cvr_mat_cols(o->P, j, 1), cvr_mat_cols(r->task->X, from, 1));
        cvr_set(o->u, j, 0, cvr_get(o->column, from, 0));
    }
}

static bool has_room(const refit *r, cvr_mat column)
{
    return r->used + support_size(column) + BESIDES <= r->Tall.cols;
}

/* One more output at hand. */
static void add(refit *r, cvr_mat column, cvr_mat y, cvr_mat worth)
{
    output *o = &r->list[r->count++];
    int64_t at = r->used, n = support_size(column), D = n + 1;
    *o = (output){.column = column,
                  .y = y,
                  .worth = worth,
                  .support = r->support + at,
                  .size = n,
                  .P = cvr_mat_cols(r->Tall, at, n),
                  .w = cvr_mat_cols(r->Tall, at + n, 1),
                  .p = cvr_mat_cols(r->Tall, at + n + 1, 1),
                  .k = cvr_mat_cols(r->Tall, at + n + 2, 1),
                  .H = shaped(r->H, r->held, D, D),
                  .u = cvr_mat_part(r->Short, at, 0, n, 1),
                  .trial = cvr_mat_part(r->Short, at, 1, n, 1),
                  .searching = true};
    r->used += n + BESIDES;
    r->held += D * D;
    find_support(o);
    gather(r, o);
    cvr_fill(o->k, 0);
    cvr_fill(o->H, 0);
    cvr_gemm(o->w, 1, CVR_N, o->P, CVR_N, o->u, 0);
}

/* Change = what own rows bring to H for the sides at w. */
static void change_sides(const refit *r, output *o)
{
    cvr_mat Batch = cvr_mat_cols(r->Batch, 0, o->size + 1);
    cvr_fill(o->Change, 0);
    if (!r->task->relu)
        cvr_fill(r->z, 1);
    cvr_side_switch(o->Change, o->k, o->P, o->y, r->task->relu ? o->w : r->z, Batch,
                    r->slack);
}

/* trial = the minimum of the quadratic */
static void solve(const refit *r, output *o)
{
    int64_t n = o->size;
    cvr_mat Near = cvr_mat_part(r->Near, 0, 0, n + 1, n + 1);
    cvr_copy(Near, o->H);
    for (int64_t j = 0; j < n; j++) {
        double h = cvr_get(o->H, j, j), pull = h > 0 ? r->eps * h : 1;
        double b = cvr_get(o->H, n, j);
        cvr_set(Near, j, j, h + pull);
        cvr_set(Near, n, j, b + pull * cvr_get(o->u, j, 0));
    }
    cvr_copy(o->trial, o->u);
    cvr_lasso(o->trial, Near, cvr_mat_part(r->zero, 0, 0, n, 1),
              shaped(r->Work, 0, n, n + 3));
}

/* F of own rows at products w + t p */
static double evaluate(const refit *r, const output *o, double t)
{
    if (r->task->relu)
        return cvr_relu_distance2(o->w, o->p, t, o->y);
    cvr_copy(r->z, o->w);
    cvr_axpby(r->z, t, o->p, 1);
    return cvr_distance2(r->z, o->y);
}

/* trial and p = the step to it */
static void aim(output *o)
{
    cvr_axpby(o->trial, -1, o->u, 1);
    cvr_gemm(o->p, 1, CVR_N, o->P, CVR_N, o->trial, 0);
    o->before = o->F;
    o->searching = true;
}

static void move(output *o, double t, double F)
{
    o->F = F;
    cvr_axpby(o->u, t, o->trial, 1);
    cvr_axpby(o->w, t, o->p, 1);
    o->searching = false;
}

/* v_j = u_j^2 / (H^{-1})_jj = (u_j / |L^{-1} e_j|)^2 with L L' = H; never 0, but next to
   it where H is singular. Near and Change are work. */
static void find_worth(const refit *r, output *o)
{
    int64_t n = o->size;
    cvr_mat L = cvr_mat_part(r->Near, 0, 0, n, n);
    cvr_mat I = cvr_mat_part(o->Change, 0, 0, n, n);
    cvr_fill(o->worth, 0);
    for (int64_t j = 0; j + 1 < n; j++)
        cvr_set(o->worth, o->support[j], 0, LEAST);
    cvr_fill(I, 0);
    cvr_add_diag(I, 1);
    cvr_copy(L, cvr_mat_part(o->H, 0, 0, n, n));
    for (int64_t j = 0; j < n; j++) {
        double h = cvr_get(L, j, j);
        cvr_set(L, j, j, h > 0 ? h * (1 + 10 * r->eps) : 1);
    }
    if (cvr_potrf(L) != CVR_OK)
        return;
    cvr_trsm(L, CVR_N, I);
    cvr_col_norms(o->trial, I);
    for (int64_t j = 0; j + 1 < n; j++) {
        double v = cvr_get(o->u, j, 0) / cvr_get(o->trial, j, 0);
        bool used = cvr_get(o->H, j, j) > 0;
        cvr_set(o->worth, o->support[j], 0, used && v * v > LEAST ? v * v : LEAST);
    }
}

/* The output has come to its end. */
static void finish(const refit *r, output *o)
{
    for (int64_t j = 0; j < o->size; j++)
        cvr_set(o->column, o->support[j], 0, cvr_get(o->u, j, 0));
    if (o->worth.on)
        find_worth(r, o);
}

/* ---- the outputs at hand ----------------------------------------------------------- */

/* H of each for the sides at its w. */
static cvr_status change_all_sides(refit *r)
{
    int64_t size = 0;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < r->count; i++) {
        output *o = &r->list[i];
        o->Change = shaped(r->Change, size, o->size + 1, o->size + 1);
        size += (o->size + 1) * (o->size + 1);
        change_sides(r, o);
    }
    CVR_TRY(cvr_sum(r->task->comm, cvr_mat_part(r->Change, 0, 0, size, 1)));
    for (int64_t i = 0; i < r->count; i++)
        cvr_axpby(r->list[i].H, 1, r->list[i].Change, 1);
done:
    return status;
}

/* r->F of those that search, at the lengths t, t / 2, ... */
static cvr_status evaluate_all(const refit *r, double t, int lengths)
{
    double *F = r->F;
    for (int64_t i = 0; i < r->count; i++)
        for (int k = 0; k < lengths; k++)
            *F++ = r->list[i].searching ? evaluate(r, &r->list[i], ldexp(t, -k)) : 0;
    return cvr_sum_scalars(r->task->comm, r->F, (int)(F - r->F));
}

/* Those that search go the first of these lengths at which F falls; returns how many. */
static int64_t move_all(refit *r, double t, int lengths)
{
    int64_t moved = 0;
    for (int64_t i = 0; i < r->count; i++) {
        output *o = &r->list[i];
        for (int k = 0; k < lengths && o->searching; k++)
            if (r->F[i * lengths + k] < o->F) {
                move(o, ldexp(t, -k), r->F[i * lengths + k]);
                moved++;
            }
    }
    return moved;
}

/* Each u goes the whole way to trial, half of it, ... until its F falls; else it stays.
   Lengths are tried 1, 1, 2, 4, ... at a time, to save messages. */
static cvr_status search(refit *r)
{
    int64_t left = r->count;
    cvr_status status = CVR_OK;
    for (int tried = 0, more = 1; tried < HALVINGS && left > 0; tried += more) {
        more = tried < 1 ? 1 : tried < HALVINGS - tried ? tried : HALVINGS - tried;
        CVR_TRY(evaluate_all(r, ldexp(1, -tried), more));
        left -= move_all(r, ldexp(1, -tried), more);
    }
done:
    return status;
}

static void finish_settled(refit *r)
{
    int64_t going = 0;
    for (int64_t i = 0; i < r->count; i++) {
        output *o = &r->list[i];
        if (o->before - o->F <= r->small * o->before)
            finish(r, o);
        else
            r->list[going++] = *o;
    }
    r->count = going;
}

/* All come to their ends: none is at hand any more. */
static cvr_status descend(refit *r)
{
    cvr_status status = CVR_OK;
    CVR_TRY(evaluate_all(r, 0, 1));
    for (int64_t i = 0; i < r->count; i++)
        r->list[i].F = r->F[i];
    for (int step = 0; step < STEPS && r->count > 0; step++) {
        CVR_TRY(change_all_sides(r));
        for (int64_t i = 0; i < r->count; i++) {
            solve(r, &r->list[i]);
            aim(&r->list[i]);
        }
        CVR_TRY(search(r));
        finish_settled(r);
    }
    for (int64_t i = 0; i < r->count; i++)
        finish(r, &r->list[i]);
    r->count = r->used = r->held = 0;
done:
    return status;
}

/* ---- all outputs ------------------------------------------------------------------- */

static int64_t largest_support(cvr_mat U)
{
    int64_t most = 0;
    for (int64_t c = 0; c < U.cols; c++) {
        int64_t size = support_size(cvr_mat_cols(U, c, 1));
        most = size > most ? size : most;
    }
    return most;
}

/* Columns for the outputs at hand: as many as X and Y have, or what a single one needs,
   which is enough when there is no one to send messages to. */
static int64_t find_room(const cvr_prune_task *t, int64_t most)
{
    int64_t least = most + BESIDES, several = t->X.cols + t->Y.cols;
    return cvr_comm_size(t->comm) > 1 && several > least ? several : least;
}

static cvr_status take_memory(refit *r, int64_t outputs, int64_t n)
{
    cvr_mat X = r->task->X;
    int64_t N = X.rows, D = n + 1, batch = N < 1 ? 1 : N < BATCH ? N : BATCH;
    int64_t room = find_room(r->task, n);
    struct {
        cvr_mat *A;
        int64_t rows, cols;
    } all[] = {{&r->Tall, N, room},  {&r->Short, room, 2},
               {&r->H, room * D, 1}, {&r->Change, room * D, 1},
               {&r->Near, D, D},     {&r->zero, n, 1},
               {&r->z, N, 1},        {&r->Batch, batch, D}};
    cvr_status status = CVR_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CVR_TRY(cvr_mat_new(X.on, X.type, all[i].rows, all[i].cols, all[i].A));
    CVR_TRY(cvr_mat_new(X.on, CVR_DOUBLE, n * (n + 3), 1, &r->Work));
    CVR_TRY(cvr_alloc(room, sizeof *r->support, "supports", (void **)&r->support));
    CVR_TRY(cvr_alloc(outputs, sizeof *r->list, "outputs", (void **)&r->list));
    CVR_TRY(
        cvr_alloc(outputs * HALVINGS, sizeof *r->F, "errors of outputs", (void **)&r->F));
done:
    return status;
}

static void release(refit *r)
{
    CVR_MATS_FREE(&r->Tall, &r->Short, &r->H, &r->Change, &r->Near, &r->zero, &r->z,
                  &r->Batch, &r->Work);
    cvr_release(r->support);
    cvr_release(r->list);
    cvr_release(r->F);
}

static bool equal(cvr_mat A, cvr_mat B, int64_t c)
{
    return B.on && cvr_distance2(cvr_mat_cols(A, c, 1), cvr_mat_cols(B, c, 1)) == 0;
}

cvr_status cvr_prune_refit(const cvr_prune_task *task, cvr_mat U, cvr_mat Fitted,
                           cvr_mat Worth)
{
    bool real = task->X.type == CVR_DOUBLE;
    refit r = {.task = task,
               .slack = real ? 1e-12 : 1e-6,
               .eps = real ? 1e-11 : 1e-6,
               .small = real ? 1e-10 : 1e-6};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_agree(task->comm, take_memory(&r, U.cols, largest_support(U))));
    for (int64_t c = 0; c < U.cols; c++) {
        cvr_mat column = cvr_mat_cols(U, c, 1);
        if (equal(U, Fitted, c))
            continue;
        if (!has_room(&r, column))
            CVR_TRY(descend(&r));
        add(&r, column, cvr_mat_cols(task->Y, c, 1),
            Worth.on ? cvr_mat_cols(Worth, c, 1) : Worth);
    }
    CVR_TRY(descend(&r));
done:
    release(&r);
    return status;
}
