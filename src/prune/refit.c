/* A layer refitted on its support, each output by itself (output.c): Newton steps, halved
   until F falls, until they gain next to nothing.

   Several processes take the steps of many outputs together: a step costs a message for
   all their H and one for all their F at some of the step lengths that are tried. */
#include "prune/refit.h"

#include <math.h>

#include "linalg/ops.h"
#include "parallel/comm.h"
#include "prune/output.h"
#include "solver/workspace.h"

enum { STEPS = 50, HALVINGS = 30, VECTORS = 3 };

typedef struct refit {
    const cvr_prune_task *task;
    cvr_output_work work;
    cvr_output *list;   /* the present outputs */
    int64_t count;      /* how many */
    double *F;          /* of each at the step lengths that are tried */
    int64_t used, held; /* columns of Tall, numbers of OwnH */
    cvr_mat Tall;       /* own rows x capacity: P and the vectors w, p, active of each */
    cvr_mat Short;      /* capacity x 2: u, step of each */
    cvr_mat OwnH, H;    /* capacity (most + 1) x 1: one after the other */
    int64_t *support;   /* capacity */
    double small;       /* a part of F that is next to nothing */
    cvr_workspace workspace;
} refit;

/* ---- the present outputs ----------------------------------------------------------- */

/* Numbers of A from `at' on as a square matrix. */
static cvr_mat square(cvr_mat A, int64_t at, int64_t rows)
{
    return cvr_mat_reshape(cvr_mat_part(A, at, 0, rows * rows, 1), rows, rows);
}

static bool fits(const refit *r, cvr_mat column)
{
    return r->used + cvr_output_size(column) + VECTORS <= r->Tall.cols;
}

static void add(refit *r, cvr_mat column, cvr_mat y, cvr_mat saliency)
{
    cvr_output *o = &r->list[r->count++];
    int64_t at = r->used, n = cvr_output_size(column);
    *o = (cvr_output){.column = column,
                      .saliency = saliency,
                      .size = n,
                      .support = r->support + at,
                      .P = cvr_mat_cols(r->Tall, at, n),
                      .y = y,
                      .w = cvr_mat_cols(r->Tall, at + n, 1),
                      .p = cvr_mat_cols(r->Tall, at + n + 1, 1),
                      .active = cvr_mat_cols(r->Tall, at + n + 2, 1),
                      .u = cvr_mat_part(r->Short, at, 0, n, 1),
                      .step = cvr_mat_part(r->Short, at, 1, n, 1),
                      .OwnH = square(r->OwnH, r->held, n + 1),
                      .searching = true};
    r->used += n + VECTORS;
    r->held += (n + 1) * (n + 1);
    cvr_fill(o->step, 0);
    cvr_output_begin(o, r->task->X);
}

/* H of each for the active rows at its w. */
static cvr_status update(refit *r)
{
    int64_t size = 0;
    for (int64_t i = 0; i < r->count; i++) {
        cvr_output *o = &r->list[i];
        cvr_output_update(&r->work, o);
        o->H = square(r->H, size, o->size + 1);
        cvr_copy(o->H, o->OwnH);
        size += (o->size + 1) * (o->size + 1);
    }
    return cvr_allreduce(r->task->comm, cvr_mat_part(r->H, 0, 0, size, 1));
}

/* ---- line search ------------------------------------------------------------------- */

/* r->F of those that search, at the lengths t, t / 2, ... */
static cvr_status evaluate(refit *r, double t, int lengths)
{
    int64_t size = r->count * lengths;
    cvr_status status = CVR_OK;
    for (int64_t i = 0; i < size; i++) {
        const cvr_output *o = &r->list[i / lengths];
        double length = ldexp(t, -(int)(i % lengths));
        r->F[i] = o->searching ? cvr_output_value(&r->work, o, length) : 0;
    }
    CVR_TRY(cvr_allreduce_sum(r->task->comm, r->F, (int)size));
    for (int64_t i = 0; i < size; i++)
        r->F[i] += cvr_output_penalty(&r->work, &r->list[i / lengths],
                                      ldexp(t, -(int)(i % lengths)));
done:
    return status;
}

/* Those that search go the first of these lengths at which F falls; returns how many. */
static int64_t move(refit *r, double t, int lengths)
{
    int64_t moved = 0;
    for (int64_t i = 0; i < r->count * lengths; i++) {
        cvr_output *o = &r->list[i / lengths];
        if (!o->searching || !(r->F[i] < o->F))
            continue;
        cvr_output_move(o, ldexp(t, -(int)(i % lengths)), r->F[i]);
        moved++;
    }
    return moved;
}

/* Each goes its whole step, half of it, ... until its F falls; else it stays. Lengths are
   tried 1, 1, 2, 4, ... at a time, to save messages. */
static cvr_status search(refit *r)
{
    int64_t left = r->count;
    cvr_status status = CVR_OK;
    for (int tried = 0, more = 1; tried < HALVINGS && left > 0; tried += more) {
        more = tried < 1 ? 1 : tried < HALVINGS - tried ? tried : HALVINGS - tried;
        CVR_TRY(evaluate(r, ldexp(1, -tried), more));
        left -= move(r, ldexp(1, -tried), more);
    }
done:
    return status;
}

/* ---- descent ----------------------------------------------------------------------- */

static void end_settled(refit *r)
{
    int64_t going = 0;
    for (int64_t i = 0; i < r->count; i++) {
        cvr_output *o = &r->list[i];
        if (o->before - o->F <= r->small * o->before)
            cvr_output_end(&r->work, o);
        else
            r->list[going++] = *o;
    }
    r->count = going;
}

/* All present outputs come to their ends. */
static cvr_status descend(refit *r)
{
    cvr_status status = CVR_OK;
    CVR_TRY(evaluate(r, 0, 1));
    CVR_TRY(cvr_interrupt_check(r->task->comm));
    for (int64_t i = 0; i < r->count; i++)
        r->list[i].F = r->F[i];
    for (int step = 0; step < STEPS && r->count > 0; step++) {
        CVR_TRY(update(r));
        for (int64_t i = 0; i < r->count; i++)
            cvr_output_direction(&r->work, &r->list[i]);
        CVR_TRY(search(r));
        CVR_TRY(cvr_interrupt_check(r->task->comm));
        end_settled(r);
    }
    for (int64_t i = 0; i < r->count; i++)
        cvr_output_end(&r->work, &r->list[i]);
    r->count = r->used = r->held = 0;
done:
    return status;
}

/* ---- all outputs ------------------------------------------------------------------- */

static int64_t largest_support(cvr_mat U)
{
    int64_t most = 1;
    for (int64_t c = 0; c < U.cols; c++) {
        int64_t size = cvr_output_size(cvr_mat_cols(U, c, 1));
        most = size > most ? size : most;
    }
    return most;
}

/* Columns for the present outputs: as many as X and Y have, or what a single one needs,
   which is enough when there is no one to send messages to. */
static int64_t find_capacity(const cvr_prune_task *t, int64_t most)
{
    int64_t least = most + VECTORS, several = t->X.cols + t->Y.cols;
    return cvr_comm_size(t->comm) > 1 && several > least ? several : least;
}

static cvr_status lay_out(refit *r, int64_t outputs, int64_t n)
{
    enum { BATCH = 2048 };
    cvr_workspace *w = &r->workspace;
    cvr_output_work *k = &r->work;
    int64_t N = r->task->X.rows, D = n + 1, batch = N < 1 ? 1 : N < BATCH ? N : BATCH;
    int64_t capacity = find_capacity(r->task, n);
    cvr_status status = CVR_OK;
    CVR_LAY_SCRATCH(w, N, capacity, &r->Tall);
    CVR_LAY_SCRATCH(w, capacity, 2, &r->Short);
    CVR_LAY_SCRATCH(w, capacity * D, 1, &r->OwnH, &r->H);
    CVR_LAY_SCRATCH(w, batch, D, &k->Batch);
    CVR_LAY_SCRATCH(w, N, 1, &k->z);
    CVR_LAY_SCRATCH(w, n, 1, &k->t);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &k->K, D, D);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &k->v, n, 1);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &k->Lasso, n * (n + 3), 1);
    CVR_TRY(cvr_lay_array(w, (void **)&r->support, capacity, sizeof *r->support));
    CVR_TRY(cvr_lay_array(w, (void **)&r->list, outputs, sizeof *r->list));
    CVR_TRY(cvr_lay_array(w, (void **)&r->F, outputs * HALVINGS, sizeof *r->F));
done:
    return status;
}

static cvr_status allocate(refit *r, int64_t outputs, int64_t n)
{
    cvr_comm *comm = r->task->comm;
    cvr_mat X = r->task->X;
    cvr_status status = CVR_OK;
    cvr_workspace_init(&r->workspace, X.device, X.type, "a refit");
    CVR_TRY(cvr_allreduce_status(comm, lay_out(r, outputs, n)));
    CVR_TRY(cvr_workspace_take(&r->workspace, comm));
done:
    return status;
}

static bool equal(cvr_mat A, cvr_mat B, int64_t c)
{
    return B.device && cvr_distance2(cvr_mat_cols(A, c, 1), cvr_mat_cols(B, c, 1)) == 0;
}

cvr_status cvr_prune_refit(const cvr_prune_task *task, cvr_mat U, cvr_mat Fitted,
                           cvr_mat Saliency)
{
    bool real = task->X.type == CVR_DOUBLE;
    refit r = {.task = task,
               .work = {.relu = task->relu,
                        .lambda = task->lambda,
                        .slack = real ? 1e-12 : 1e-6,
                        .eps = real ? 1e-11 : 1e-6},
               .small = real ? 1e-10 : 1e-6};
    cvr_status status = CVR_OK;
    CVR_TRY(allocate(&r, U.cols, largest_support(U)));
    for (int64_t c = 0; c < U.cols; c++) {
        cvr_mat column = cvr_mat_cols(U, c, 1);
        if (equal(U, Fitted, c))
            continue;
        if (!fits(&r, column))
            CVR_TRY(descend(&r));
        add(&r, column, cvr_mat_cols(task->Y, c, 1),
            Saliency.device ? cvr_mat_cols(Saliency, c, 1) : Saliency);
    }
    CVR_TRY(descend(&r));
done:
    cvr_workspace_free(&r.workspace);
    return status;
}
