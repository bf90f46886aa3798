/* Active-set Newton, an output at a time. With A the rows on the quadratic side (w > 0,
   or y > 0 and w = 0) F is, near u,

       sum_{p in A} (x_p'u - y_p)^2 + lambda |u|_1 + const

   a lasso in H = sum_A [x; y][x; y]', which is kept from step to step: only rows that
   change sides are added or taken away. A step goes to the lasso's solution and is halved
   until F falls: the lasso's descent at u is F's own, except at convex kinks (y < 0,
   w = 0), where it may end early. */
#include "ccp/ccp.h"

#include <math.h>

#include "base/bytes.h"
#include "ccp/strips.h"
#include "ccp/terms.h"
#include "parallel/heed.h"

typedef struct newton {
    cvr_ccp *ccp;
    cvr_mat Change;        /* d+1 x d+1: what is added to an H */
    cvr_mat All;           /* (d+1) x (d+1) C: H of the outputs */
    cvr_mat U, Trial, Abs; /* d x C, d x 1, d x 1 */
    cvr_mat P, Work, zero; /* rows x d+1; the lasso's; d x 1 of 0 */
    cvr_mat one;           /* 1 x 1 */
    double *F;             /* of the outputs */
    bool *stalled;
} newton;

/* What belongs to one output. */
typedef struct column {
    cvr_mat u, y, w, p, k, H; /* w: Xu, p: X times the step, k: 1 on the quadratic side */
} column;

static column column_at(const newton *s, int64_t c)
{
    const cvr_graph *g = &s->ccp->graph;
    int64_t D = s->ccp->d + 1;
    return (column){cvr_mat_cols(s->U, c, 1), cvr_mat_cols(s->ccp->Y, c, 1),
                    cvr_mat_cols(g->W, c, 1), cvr_mat_cols(g->R, c, 1),
                    cvr_mat_cols(g->K, c, 1), cvr_mat_cols(s->All, c * D, D)};
}

static double slack(const newton *s)
{
    return s->ccp->graph.slack;
}

/* No rows in any H, where another algorithm has used the matrices. */
static void settle(newton *s)
{
    if (!s->ccp->disturbed)
        return;
    cvr_fill(s->ccp->graph.K, 0);
    cvr_fill(s->All, 0);
    s->ccp->disturbed = false;
}

/* H and k for the sides at w, some rows at a time. */
static cvr_status change_sides(newton *s, column *c, cvr_mat w)
{
    enum { ROWS = 1 << 14 };
    cvr_comm *comm = s->ccp->problem->comm;
    cvr_status status = CVR_OK;
    cvr_fill(s->Change, 0);
    for (int64_t i = 0; i < w.rows && !cvr_wished(comm); i += ROWS)
        cvr_side_switch(s->Change, cvr_mat_rows(c->k, i, ROWS),
                        cvr_mat_rows(s->ccp->X, i, ROWS), cvr_mat_rows(c->y, i, ROWS),
                        cvr_mat_rows(w, i, ROWS), s->P, slack(s));
    CVR_TRY(cvr_sum(comm, s->Change));
    CVR_TRY(cvr_heed(comm));
    cvr_axpby(c->H, 1, s->Change, 1);
done:
    return status;
}

/* F of one output at u + t (trial - u), whose products with X are w + t p. */
static cvr_status evaluate(newton *s, const column *c, cvr_mat u, double t, double *F)
{
    double sum = cvr_relu_distance2(c->w, c->p, t, c->y);
    cvr_status status = cvr_sum_scalars(s->ccp->problem->comm, &sum, 1);
    if (status == CVR_OK)
        status = cvr_heed(s->ccp->problem->comm);
    cvr_copy(s->Abs, u);
    *F = sum + cvr_terms_penalty(s->Abs, s->ccp->graph.L1, s->one);
    return status;
}

static cvr_status start(void *state, cvr_mat U)
{
    newton *s = state;
    cvr_status status = CVR_OK;
    settle(s);
    cvr_copy(s->U, U);
    if (cvr_count_nonzero(U) > 0)
        cvr_gemm(s->ccp->graph.W, 1, CVR_N, s->ccp->X, CVR_N, s->U, 0);
    else
        cvr_fill(s->ccp->graph.W, 0);
    for (int64_t j = 0; j < s->ccp->C; j++) {
        column c = column_at(s, j);
        CVR_TRY(change_sides(s, &c, c.w));
        CVR_TRY(evaluate(s, &c, c.u, 0, &s->F[j]));
        s->stalled[j] = false;
    }
done:
    return status;
}

/* Sides as if w were y: exactly the rows with y > 0. */
static cvr_status least_squares(void *state, cvr_mat U)
{
    newton *s = state;
    cvr_status status = CVR_OK;
    settle(s);
    cvr_fill(U, 0);
    for (int64_t j = 0; j < s->ccp->C; j++) {
        column c = column_at(s, j);
        CVR_TRY(change_sides(s, &c, c.y));
        cvr_lasso(cvr_mat_cols(U, j, 1), c.H, s->zero, s->Work);
    }
done:
    return status;
}

/* Halves the step from u to Trial until F falls; t = 0: it does not. */
static cvr_status search(newton *s, const column *c, double *F, double *t)
{
    enum { HALVINGS = 30 };
    double now = 0;
    cvr_status status = CVR_OK;
    *t = 1;
    for (int k = 0; k < HALVINGS; k++, *t /= 2) {
        CVR_TRY(evaluate(s, c, s->Trial, *t, &now));
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

static cvr_status step_column(newton *s, int64_t j)
{
    column c = column_at(s, j);
    double before = s->F[j], t = 0;
    cvr_status status = CVR_OK;
    cvr_copy(s->Trial, c.u);
    cvr_lasso(s->Trial, c.H, s->ccp->graph.L1, s->Work);
    cvr_copy(s->Abs, s->Trial);
    cvr_axpby(s->Abs, -1, c.u, 1);
    cvr_gemm(c.p, 1, CVR_N, s->ccp->X, CVR_N, s->Abs, 0);
    CVR_TRY(search(s, &c, &s->F[j], &t));
    s->stalled[j] = before - s->F[j] <= cvr_ccp_small(s->ccp) * before;
    if (t == 0)
        return CVR_OK;
    cvr_copy(c.u, s->Trial);
    cvr_axpby(c.w, t, c.p, 1);
    CVR_TRY(change_sides(s, &c, c.w));
done:
    return status;
}

static cvr_status step(void *state, bool *stalled)
{
    newton *s = state;
    cvr_status status = CVR_OK;
    *stalled = true;
    for (int64_t j = 0; j < s->ccp->C; j++) {
        if (!s->stalled[j])
            CVR_TRY(step_column(s, j));
        *stalled = *stalled && s->stalled[j];
    }
done:
    return status;
}

static const double *objectives(void *state)
{
    return ((newton *)state)->F;
}

static cvr_mat weights(void *state)
{
    return ((newton *)state)->U;
}

static cvr_mat products(void *state)
{
    return ((newton *)state)->ccp->graph.W;
}

/* Rows that are added to H at a time, some megabytes. */
static int64_t batch_rows(const cvr_ccp *ccp)
{
    int64_t rows = cvr_strip_rows(ccp->X.rows, ccp->d + 1, 1 << 18, 512);
    return rows > 0 ? rows : 1;
}

static cvr_status setup(void *state, cvr_ccp *ccp)
{
    newton *s = state;
    int64_t d = ccp->d, D = d + 1, rows = batch_rows(ccp);
    struct {
        cvr_mat *A;
        int64_t rows, cols;
    } all[] = {{&s->Change, D, D}, {&s->All, D, D * ccp->C}, {&s->U, d, ccp->C},
               {&s->Trial, d, 1},  {&s->Abs, d, 1},          {&s->zero, d, 1},
               {&s->one, 1, 1},    {&s->P, rows, D}};
    cvr_status status = CVR_OK;
    s->ccp = ccp;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CVR_TRY(cvr_mat_new(ccp->X.on, ccp->X.type, all[i].rows, all[i].cols, all[i].A));
    CVR_TRY(cvr_mat_new(ccp->X.on, CVR_DOUBLE, d, d + 3, &s->Work));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->F, "objectives", (void **)&s->F));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->stalled, "flags", (void **)&s->stalled));
done:
    return status;
}

static void keep(void *state, cvr_keeper *k)
{
    newton *s = state;
    cvr_keep_mat(k, "U", s->U);
    cvr_keep_mat(k, "H", s->All);
    cvr_keep_reals(k, "F", s->F, s->ccp->C);
    for (int64_t j = 0; j < s->ccp->C; j++) {
        cvr_keeper_enter(k, "output", (int)j + 1);
        cvr_keep_switch(k, "stalled", &s->stalled[j]);
        cvr_keeper_leave(k);
    }
}

static void teardown(void *state)
{
    newton *s = state;
    CVR_MATS_FREE(&s->Change, &s->All, &s->U, &s->Trial, &s->Abs, &s->zero, &s->one,
                  &s->P, &s->Work);
    cvr_release(s->F);
    cvr_release(s->stalled);
}

const cvr_ccp_algorithm cvr_ccp_newton = {.name = "newton",
                                          .state_size = sizeof(newton),
                                          .setup = setup,
                                          .start = start,
                                          .least_squares = least_squares,
                                          .step = step,
                                          .objectives = objectives,
                                          .weights = weights,
                                          .products = products,
                                          .keep = keep,
                                          .teardown = teardown};
