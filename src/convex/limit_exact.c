/* All rows by Cholesky factors: one where a part of the rows says that the penalty is,
   and one where a fifth of the rows, left out, says it is by the first (exact_path.c). A
   step of the run after the first refines. */
#include <math.h>

#include "base/bytes.h"
#include "base/log.h"
#include "convex/convex.h"
#include "convex/limit_rows.h"
#include "convex/limit_state.h"
#include "convex/limit_take.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

/* By the time that the cube of their number takes: on the processor, and on a device,
   whose memory is asked besides. */
static const int64_t most_rows[2][2] = {{10000, 20000}, {40000, 70000}};

/* ---- rows -------------------------------------------------------------------------- */

/* All distinct rows: those that do not judge, then those that do, each in their order.
   Judges are none of the rows that have chosen the kernel, which are drawn from the same
   numbers. */
static cvr_status order(const cvr_limit *s, int64_t **index)
{
    int64_t n = s->distinct.count, others = n - cvr_exact_judges(n), at = others, k = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_rows_draw(s->q->seed, n, others, index));
    CVR_TRY(cvr_grow((void **)index, n, sizeof **index, "row indices"));
    for (int64_t i = 0; i < n; i++)
        if (k < others && (*index)[k] == i)
            k++;
        else
            (*index)[at++] = i;
done:
    return status;
}

static void lay_out(const cvr_limit *s, cvr_exact *e, cvr_exact_path *p, cvr_mat *Z,
                    cvr_workspace *w)
{
    const cvr_problem *q = s->q;
    int64_t n = s->distinct.count;
    cvr_workspace_init(w, q->X.device, q->X.type, "a kernel of all rows");
    CVR_LAY_SCRATCH(w, n, cvr_limit_columns(q), Z);
    cvr_exact_lay_out(e, n, q->Y.cols, !s->distinct.plain, w);
    cvr_exact_path_lay_out(p, e, q->Y.cols, w);
}

static bool fits(const cvr_limit *s)
{
    const cvr_problem *q = s->q;
    int64_t most = most_rows[q->device != cvr_cpu()][q->X.type == CVR_SINGLE];
    cvr_exact e;
    cvr_exact_path p;
    cvr_mat Z;
    cvr_workspace w;
    if (s->distinct.count > most || q->train->S.start)
        return false;
    lay_out(s, &e, &p, &Z, &w);
    bool enough = cvr_workspace_fits(&w, q->comm);
    cvr_workspace_free(&w);
    return enough;
}

static cvr_status take(cvr_limit *s)
{
    s->exact.tau = s->tau;
    lay_out(s, &s->exact, &s->path, &s->machine.Z, &s->memory);
    return cvr_workspace_take(&s->memory, s->q->comm);
}

/* Its rows among all of them, and their weights; index: which each distinct row is. */
static cvr_status look_up(cvr_limit *s, int64_t **rows)
{
    const cvr_distinct *d = &s->distinct;
    cvr_status status = CVR_OK;
    CVR_TRY(order(s, rows));
    CVR_TRY(cvr_alloc(d->count, sizeof *s->index, "row indices", (void **)&s->index));
    for (int64_t i = 0; i < d->count; i++) {
        int64_t place = (*rows)[i];
        s->index[place] = i;
        (*rows)[i] = d->row[place];
        if (s->exact.omega.data)
            cvr_set(s->exact.omega, i, 0, cvr_get(d->weight, place, 0));
    }
done:
    return status;
}

static cvr_status gather(cvr_limit *s)
{
    const cvr_problem *q = s->q;
    int64_t *rows = NULL;
    cvr_status status = look_up(s, &rows);
    if (status == CVR_OK)
        status = cvr_mat_new(q->X.device, q->Y.type, q->X.rows, q->Y.cols, &s->F);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
    CVR_TRY(cvr_limit_take(s, rows, s->machine.Z, s->exact.Y));
done:
    cvr_release(rows);
    return status;
}

/* ---- penalties --------------------------------------------------------------------- */

/* The leave-one-out error of a penalty, process 0's for all; infinite where K + mu I
   has no factor to rounding. */
static cvr_status judge(cvr_limit *s, double relative, double *error)
{
    cvr_comm *comm = s->q->comm;
    cvr_status status = cvr_exact_fit(&s->exact, relative * s->scale);
    bool definite = status != CVR_NUMERICAL;
    *error = status == CVR_OK ? cvr_exact_judge(&s->exact) : INFINITY;
    CVR_TRY(cvr_allreduce_status(comm, definite ? status : CVR_OK));
    CVR_TRY(cvr_broadcast(comm, error, sizeof *error));
    CVR_TRY(cvr_interrupt_check(comm));
    *error = isfinite(*error) ? *error : INFINITY;
    cvr_note(CVR_LOG_DETAIL, "penalty %.3g: leave-one-out error %.6g", relative, *error);
done:
    return status;
}

/* The rounding of a kernel in single is no smaller than this. */
static double smallest_penalty(const cvr_limit *s)
{
    return s->exact.K.type == CVR_SINGLE ? 1e-4 : 1e-9;
}

/* Penalties beside one whose factor is there: half decades. */
enum { BESIDE = 2 };

/* Of those, the one that the judges find best, trained on the other rows: *step half
   decades away; 0 where that is hardly better, for it takes another factor. Process 0's
   for all. */
static cvr_status look_around(cvr_limit *s, int *step)
{
    /* What an error has to fall by to be less, as a part. */
    static const double least_fall = 1e-3;
    double mu[2 * BESIDE + 1], error[2 * BESIDE + 1], least;
    int count = 2 * BESIDE + 1;
    cvr_status status = CVR_OK;
    for (int k = 0; k < count; k++)
        mu[k] = s->exact.mu * pow(10, 0.5 * (k - BESIDE));
    CVR_TRY(cvr_allreduce_status(
        s->q->comm, cvr_exact_path_judge(&s->path, &s->exact, count, mu, error)));
    CVR_TRY(cvr_broadcast(s->q->comm, error, sizeof error));
    least = error[BESIDE];
    for (int k = count - 1; k >= 0; k--) {
        cvr_note(CVR_LOG_DETAIL, "penalty %.3g: hold-out error %.6g", mu[k] / s->scale,
                 error[k]);
        if (mu[k] < smallest_penalty(s) * s->scale && k < BESIDE)
            break;
        if (!(error[k] < least * (1 - least_fall)))
            continue;
        least = error[k];
        *step = k - BESIDE;
    }
done:
    return status;
}

/* How far to go from the last penalty, which was `step` away from the one before, in half
   decades: up where there was no factor; on in the same direction where the best was at
   the edge of what was looked at; 0: no further. */
static cvr_status go_on(cvr_limit *s, double error, int *step)
{
    int before = *step, next = 0;
    bool first = !(s->criterion < INFINITY);
    cvr_status status = CVR_OK;
    *step = 0;
    if (!(error < INFINITY)) {
        *step = first ? 1 : 0;
        return CVR_OK;
    }
    cvr_exact_keep(&s->exact);
    s->criterion = error;
    s->penalty = s->exact.mu / s->scale;
    if (first || before == -BESIDE || before == BESIDE)
        CVR_TRY(look_around(s, &next));
    *step = next * before >= 0 ? next : 0;
done:
    return status;
}

/* More rows want less of the mean eigenvalue: half a decade for ten times as many. */
static double first_penalty(const cvr_limit *s)
{
    double times = (double)s->distinct.count / (double)s->chosen_on;
    double relative = s->penalty * pow(10, -0.5 * round(log10(times)));
    return fmax(relative, smallest_penalty(s));
}

static cvr_status choose(cvr_limit *s)
{
    int step = 0;
    double error, relative = first_penalty(s);
    cvr_status status = CVR_OK;
    s->criterion = INFINITY;
    do {
        relative *= pow(10, 0.5 * step);
        CVR_TRY(judge(s, relative, &error));
        CVR_TRY(go_on(s, error, &step));
    } while (step != 0 && relative < 100);
    s->mu = s->penalty * s->scale;
done:
    return status;
}

static cvr_status start(cvr_limit *s)
{
    cvr_comm *comm = s->q->comm;
    double scale = s->scale;
    cvr_status status = CVR_OK;
    cvr_press_free(&s->press);
    cvr_mat_free(&s->machine.Z);
    CVR_TRY(take(s));
    CVR_TRY(gather(s));
    CVR_TRY(cvr_allreduce_status(
        comm, cvr_exact_start(&s->exact, &s->machine, s->machine.Z, comm)));
    CVR_TRY(cvr_interrupt_check(comm));
    s->scale = s->exact.scale;
    s->alpha = s->exact.alpha;
    s->b = s->exact.b;
    if (!s->named)
        return choose(s);
    if (!CVR_GIVEN(cvr_convex_options_of(s->q), beta))
        s->mu *= s->scale / scale;
    s->penalty = s->mu / s->scale;
done:
    return status;
}

/* ---- the solution ------------------------------------------------------------------ */

/* A factor that there is not, said of the kernel. */
static cvr_status fit(cvr_limit *s)
{
    cvr_status status = cvr_exact_fit(&s->exact, s->mu);
    if (status != CVR_NUMERICAL)
        return status;
    cvr_fail(CVR_NUMERICAL,
             "the kernel with %.3g of its mean eigenvalue as penalty is not positive "
             "definite to the rounding of %s precision",
             s->penalty, s->exact.K.type == CVR_SINGLE ? "single" : "double");
    cvr_hint("a larger --beta-relative makes it so");
    return CVR_NUMERICAL;
}

static cvr_status solve(cvr_limit *s)
{
    cvr_comm *comm = s->q->comm;
    cvr_status status = CVR_OK;
    if (s->solved)
        return cvr_allreduce_status(comm, cvr_exact_refine(&s->exact));
    if (cvr_exact_recall(&s->exact, s->mu))
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(comm, fit(s)));
    s->criterion = cvr_exact_judge(&s->exact);
done:
    return status;
}

static cvr_status left_out(cvr_limit *s, cvr_mat *F, cvr_mat *Y, cvr_mat *omega)
{
    const cvr_exact *e = &s->exact;
    cvr_status status = CVR_OK;
    CVR_TRY(CVR_MATS_NEW(e->E, e->m, e->E.cols, F, Y));
    CVR_TRY(CVR_MATS_NEW(e->E, e->m, 1, omega));
    cvr_copy(*Y, cvr_mat_rows(e->Y, e->n - e->m, e->m));
    cvr_copy(*F, *Y);
    cvr_axpby(*F, -1, e->E, 1);
    for (int64_t i = 0; i < e->m; i++)
        cvr_set(*omega, i, 0, cvr_exact_weight(e, e->n - e->m + i));
done:
    return status;
}

static cvr_status values(cvr_limit *s, double *objective, double *lower)
{
    return cvr_exact_values(&s->exact, s->mu, objective, lower);
}

/* K alpha + 1 b' and the mean of the targets; copies of a row have its outputs. */
static void outputs(cvr_limit *s)
{
    const cvr_exact *e = &s->exact;
    for (int64_t i = 0; i < s->F.rows; i++) {
        int64_t k = s->index[s->distinct.place[i]];
        for (int64_t c = 0; c < s->F.cols; c++)
            cvr_set(s->F, i, c,
                    cvr_get(e->Ka, k, c) + cvr_get(e->b, c, 0) + cvr_get(s->mean, c, 0));
    }
}

const cvr_limit_way cvr_limit_exact = {.name = " exact",
                                       .fits = fits,
                                       .start = start,
                                       .solve = solve,
                                       .left_out = left_out,
                                       .values = values,
                                       .outputs = outputs};
