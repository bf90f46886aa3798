/* Active-set Newton, an output at a time. With A the active rows, those on the quadratic
   side of their term (w > 0, or y > 0 and w = 0), F is near u

       sum_{p in A} (x_p'u - y_p)^2 + lambda |u|_1 + const,

   a lasso in H = sum_A [x; y][x; y]'. A step:

   1. The lasso's minimum. With an offset, F minimised over b as well: in H - g g'/N,
      g = [sum_A x; sum y].
   2. The step there is halved until F falls. The lasso's slope at u is F's own, except at
      convex breakpoints (y < 0, w = 0), where it may end early.
   3. Only rows that become active, or stop being so, change H. */
#include "ccp/algorithm.h"
#include "ccp/ops.h"
#include "ccp/quadratic.h"

#include "ccp/offset.h"
#include "ccp/terms.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

typedef struct newton {
    cvr_ccp_descent descent; /* first */
    cvr_mat Change;          /* d+1 x d+1: what is added to an H */
    cvr_mat All;             /* d+1 x (d+1) C: H of the outputs */
    cvr_mat Trial, Abs;      /* d x 1 */
    cvr_mat P, Work, zero;   /* rows x d+1; the lasso's; d x 1 of 0 */
    cvr_mat one;             /* 1 x 1 */
    bool *stalled;           /* C */
    cvr_mat Joint, g;        /* d+1 x d+1, d+1 x 1: the lasso beside an offset */
    double *at;              /* C: the offsets at which the H stand */
} newton;

typedef struct column {
    cvr_mat u, y, w, p, k, H; /* w: Xu, p: X times the step, k: 1 in active rows */
    int64_t index;
} column;

static column column_at(const newton *s, int64_t c)
{
    const cvr_ccp *p = s->descent.ccp;
    const cvr_graph *g = &p->graph;
    int64_t D = p->d + 1;
    return (column){cvr_mat_cols(s->descent.U, c, 1),
                    cvr_mat_cols(p->Y, c, 1),
                    cvr_mat_cols(g->W, c, 1),
                    cvr_mat_cols(g->R, c, 1),
                    cvr_mat_cols(g->K, c, 1),
                    cvr_mat_cols(s->All, c * D, D),
                    c};
}

/* H of an output whose targets are now y - by: its ones are the last of X, so the row
   before the last has what is to be taken from the last. */
static void shift_targets(newton *s, int64_t c, double by)
{
    int64_t d = s->descent.ccp->d;
    cvr_mat H = column_at(s, c).H;
    double square = cvr_get(H, d, d), sum = cvr_get(H, d, d - 1);
    double count = cvr_get(H, d - 1, d - 1);
    cvr_axpby(cvr_mat_part(H, d, 0, 1, d), -by, cvr_mat_part(H, d - 1, 0, 1, d), 1);
    cvr_set(H, d, d, square - 2 * by * sum + by * by * count);
}

static void follow_offset(newton *s, int64_t c)
{
    const cvr_ccp *p = s->descent.ccp;
    if (!p->offset)
        return;
    shift_targets(s, c, p->b[c] - s->at[c]);
    s->at[c] = p->b[c];
}

/* No rows in any H, where another algorithm has used the matrices of the rows. */
static void refresh(newton *s)
{
    cvr_ccp *p = s->descent.ccp;
    if (p->stale) {
        cvr_fill(p->graph.K, 0);
        cvr_fill(s->All, 0);
        p->stale = false;
    }
    for (int64_t c = 0; c < p->C; c++)
        follow_offset(s, c);
}

/* H and k for the active rows at w, some rows at a time. */
static cvr_status update_active(newton *s, column *c, cvr_mat w)
{
    enum { ROWS = 1 << 14 };
    const cvr_ccp *p = s->descent.ccp;
    cvr_comm *comm = p->problem->comm;
    cvr_status status = CVR_OK;
    cvr_fill(s->Change, 0);
    for (int64_t i = 0; i < w.rows && !cvr_interrupt_poll(comm); i += ROWS)
        cvr_update_active_set(s->Change, cvr_mat_rows(c->k, i, ROWS),
                              cvr_mat_rows(p->X, i, ROWS), cvr_mat_rows(c->y, i, ROWS),
                              cvr_mat_rows(w, i, ROWS), s->P, p->graph.slack);
    CVR_TRY(cvr_allreduce(comm, s->Change));
    CVR_TRY(cvr_interrupt_check(comm));
    cvr_axpby(c->H, 1, s->Change, 1);
done:
    return status;
}

/* F of one output at u + t (trial - u), whose products with X are w + t p; with an offset
   at its best, which is the present one and *rise more. */
static cvr_status evaluate(newton *s, const column *c, cvr_mat u, double t, double *F,
                           double *rise)
{
    const cvr_ccp *p = s->descent.ccp;
    double rows = p->total;
    double sums[2] = {0}; /* of the squares, of what they are of */
    cvr_status status = CVR_OK;
    if (p->offset)
        cvr_ccp_distances(p, c->w, c->p, t, c->y, sums);
    else
        sums[0] = cvr_relu_distance2(c->w, c->p, t, c->y);
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, sums, p->offset ? 2 : 1));
    CVR_TRY(cvr_interrupt_check(p->problem->comm));
    cvr_copy(s->Abs, u);
    *F = sums[0] - sums[1] * sums[1] / rows +
         cvr_terms_penalty(s->Abs, p->graph.L1, s->one);
    *rise = -sums[1] / rows;
done:
    return status;
}

static void raise_offset(newton *s, int64_t c, double by)
{
    cvr_ccp *p = s->descent.ccp;
    if (!p->offset)
        return;
    cvr_ccp_set_offset(p, c, p->b[c] + by);
    follow_offset(s, c);
}

static cvr_status start(void *state, cvr_mat U)
{
    newton *s = state;
    cvr_ccp *p = s->descent.ccp;
    cvr_status status = CVR_OK;
    refresh(s);
    cvr_copy(s->descent.U, U);
    if (cvr_count_nonzero(U) > 0)
        cvr_gemm(p->graph.W, 1, CVR_N, p->X, CVR_N, U, 0);
    else
        cvr_fill(p->graph.W, 0);
    for (int64_t j = 0; j < p->C; j++) {
        double rise = 0;
        column c = column_at(s, j);
        CVR_TRY(evaluate(s, &c, c.u, 0, &s->descent.F[j], &rise));
        raise_offset(s, j, rise);
        CVR_TRY(update_active(s, &c, c.w));
        s->stalled[j] = false;
    }
done:
    return status;
}

/* Active as if w were y: exactly the rows with y > 0. */
static cvr_status least_squares(void *state, cvr_mat U)
{
    newton *s = state;
    cvr_status status = CVR_OK;
    refresh(s);
    cvr_fill(U, 0);
    for (int64_t j = 0; j < s->descent.ccp->C; j++) {
        column c = column_at(s, j);
        CVR_TRY(update_active(s, &c, c.y));
        cvr_lasso(cvr_mat_cols(U, j, 1), c.H, s->zero, s->Work);
    }
done:
    return status;
}

/* Halves the step from u to Trial until F falls; t = 0: it does not. */
static cvr_status search(newton *s, const column *c, double *F, double *t, double *rise)
{
    enum { HALVINGS = 30 };
    double now = 0;
    cvr_status status = CVR_OK;
    *t = 1;
    for (int k = 0; k < HALVINGS; k++, *t /= 2) {
        CVR_TRY(evaluate(s, c, s->Trial, *t, &now, rise));
        if (now < *F) {
            *F = now;
            return CVR_OK;
        }
        cvr_axpby(s->Trial, 0.5, c->u, 0.5);
    }
    *t = 0;
done:
    return status;
}

/* Joint = H - g g' / N, unless all rows are active. */
static cvr_status join_offset(newton *s, column *c)
{
    const cvr_ccp *p = s->descent.ccp;
    int64_t d = p->d;
    double rows = p->total, almost = p->root.data ? rows * (1 - 1e-6) : rows;
    double sum = cvr_dot(c->y, cvr_mat_cols(p->X, d - 1, 1));
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, &sum, 1));
    if (cvr_get(c->H, d - 1, d - 1) >= almost)
        return CVR_OK;
    cvr_transpose(cvr_mat_part(s->g, 0, 0, d, 1), cvr_mat_part(c->H, d - 1, 0, 1, d));
    cvr_set(s->g, d, 0, sum);
    cvr_copy(s->Joint, c->H);
    cvr_gemm(s->Joint, -1 / rows, CVR_N, s->g, CVR_T, s->g, 1);
    c->H = s->Joint;
done:
    return status;
}

static cvr_status step_column(newton *s, int64_t j)
{
    const cvr_ccp *p = s->descent.ccp;
    column c = column_at(s, j), joint = c;
    double before = s->descent.F[j], t = 0, rise = 0;
    cvr_status status = CVR_OK;
    if (p->offset)
        CVR_TRY(join_offset(s, &joint));
    cvr_copy(s->Trial, c.u);
    cvr_lasso(s->Trial, joint.H, p->graph.L1, s->Work);
    cvr_copy(s->Abs, s->Trial);
    cvr_axpby(s->Abs, -1, c.u, 1);
    cvr_gemm(c.p, 1, CVR_N, p->X, CVR_N, s->Abs, 0);
    CVR_TRY(search(s, &c, &s->descent.F[j], &t, &rise));
    s->stalled[j] = before - s->descent.F[j] <= cvr_ccp_small(p) * before;
    if (t == 0)
        return CVR_OK;
    cvr_copy(c.u, s->Trial);
    cvr_axpby(c.w, t, c.p, 1);
    raise_offset(s, j, rise);
    CVR_TRY(update_active(s, &c, c.w));
done:
    return status;
}

static cvr_status step(void *state, bool *stalled)
{
    newton *s = state;
    cvr_status status = CVR_OK;
    *stalled = true;
    for (int64_t j = 0; j < s->descent.ccp->C; j++) {
        if (!s->stalled[j])
            CVR_TRY(step_column(s, j));
        *stalled = *stalled && s->stalled[j];
    }
done:
    return status;
}

/* Rows that are added to H at a time, some megabytes. */
static int64_t batch_rows(const cvr_ccp *ccp)
{
    int64_t rows = cvr_strip_rows(ccp->X.rows, ccp->d + 1, 1 << 18, 512);
    return rows > 0 ? rows : 1;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    newton *s = state;
    cvr_ccp_descent *q = &s->descent;
    int64_t d = q->ccp->d, D = d + 1, C = q->ccp->C, beside = q->ccp->offset ? D : 0;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lay_array(w, (void **)&q->F, C, sizeof *q->F));
    CVR_TRY(cvr_lay_array(w, (void **)&s->at, C, sizeof *s->at));
    CVR_TRY(cvr_lay_array(w, (void **)&s->stalled, C, sizeof *s->stalled));
    cvr_lay(w, CVR_SHARED, "U", &q->U, d, C);
    cvr_lay(w, CVR_SHARED, "H", &s->All, D, D * C);
    cvr_lay_reals(w, "F", q->F, C);
    cvr_lay_reals(w, "at", s->at, C);
    for (int64_t c = 0; c < C; c++) {
        cvr_workspace_push(w, "output", c + 1);
        cvr_lay_switch(w, "stalled", &s->stalled[c]);
        cvr_workspace_pop(w);
    }
    CVR_LAY_SCRATCH(w, D, D, &s->Change);
    CVR_LAY_SCRATCH(w, d, 1, &s->Trial, &s->Abs, &s->zero);
    CVR_LAY_SCRATCH(w, 1, 1, &s->one);
    CVR_LAY_SCRATCH(w, batch_rows(q->ccp), D, &s->P);
    CVR_LAY_SCRATCH(w, beside, beside, &s->Joint);
    CVR_LAY_SCRATCH(w, beside, 1, &s->g);
    cvr_lay_double(w, CVR_SCRATCH, NULL, &s->Work, d, d + 3);
done:
    return status;
}

static void prepare(void *state)
{
    cvr_ccp_descent *q = state;
    q->products = q->ccp->graph.W;
}

const cvr_ccp_algorithm cvr_ccp_newton = {.name = "newton",
                                          .state_size = sizeof(newton),
                                          .lay_out = lay_out,
                                          .prepare = prepare,
                                          .start = start,
                                          .least_squares = least_squares,
                                          .step = step};
