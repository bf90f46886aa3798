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
#include "linalg/ops.h"
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
    cvr_mat Joint, g; /* d+1 x d+1, d+1 x 1: the lasso beside an offset */
    double *at;       /* C: the offsets at which the H stand */
} newton;

/* What belongs to one output. */
typedef struct column {
    cvr_mat u, y, w, p, k, H; /* w: Xu, p: X times the step, k: 1 on the quadratic side */
    int64_t index;
} column;

static column column_at(const newton *s, int64_t c)
{
    const cvr_graph *g = &s->ccp->graph;
    int64_t D = s->ccp->d + 1;
    return (column){cvr_mat_cols(s->U, c, 1),
                    cvr_mat_cols(s->ccp->Y, c, 1),
                    cvr_mat_cols(g->W, c, 1),
                    cvr_mat_cols(g->R, c, 1),
                    cvr_mat_cols(g->K, c, 1),
                    cvr_mat_cols(s->All, c * D, D),
                    c};
}

static double slack(const newton *s)
{
    return s->ccp->graph.slack;
}

/* H of an output whose targets are now y - by: its ones are the last of X, so the row
   before the last has what is to be taken from the last. */
static void shift_targets(newton *s, int64_t c, double by)
{
    int64_t d = s->ccp->d;
    cvr_mat H = column_at(s, c).H;
    double square = cvr_get(H, d, d), sum = cvr_get(H, d, d - 1);
    double count = cvr_get(H, d - 1, d - 1);
    cvr_axpby(cvr_mat_part(H, d, 0, 1, d), -by, cvr_mat_part(H, d - 1, 0, 1, d), 1);
    cvr_set(H, d, d, square - 2 * by * sum + by * by * count);
}

static void follow_offset(newton *s, int64_t c)
{
    if (!s->ccp->offset)
        return;
    shift_targets(s, c, s->ccp->b[c] - s->at[c]);
    s->at[c] = s->ccp->b[c];
}

/* No rows in any H, where another algorithm has used the matrices. */
static void settle(newton *s)
{
    if (s->ccp->disturbed) {
        cvr_fill(s->ccp->graph.K, 0);
        cvr_fill(s->All, 0);
        s->ccp->disturbed = false;
    }
    for (int64_t c = 0; c < s->ccp->C; c++)
        follow_offset(s, c);
}

/* H and k for the sides at w, some rows at a time. */
static cvr_status change_sides(newton *s, column *c, cvr_mat w)
{
    enum { ROWS = 1 << 14 };
    cvr_comm *comm = s->ccp->problem->comm;
    cvr_status status = CVR_OK;
    cvr_fill(s->Change, 0);
    for (int64_t i = 0; i < w.rows && !cvr_wished(comm); i += ROWS)
        cvr_update_active_set(
            s->Change, cvr_mat_rows(c->k, i, ROWS), cvr_mat_rows(s->ccp->X, i, ROWS),
            cvr_mat_rows(c->y, i, ROWS), cvr_mat_rows(w, i, ROWS), s->P, slack(s));
    CVR_TRY(cvr_allreduce(comm, s->Change));
    CVR_TRY(cvr_heed(comm));
    cvr_axpby(c->H, 1, s->Change, 1);
done:
    return status;
}

/* F of one output at u + t (trial - u), whose products with X are w + t p; with an offset
   at its best, which is the present one and *rise more. */
static cvr_status evaluate(newton *s, const column *c, cvr_mat u, double t, double *F,
                           double *rise)
{
    const cvr_ccp *p = s->ccp;
    double rows = (double)p->problem->rows;
    double sums[2] = {0}; /* of the squares, of what they are of */
    cvr_status status = CVR_OK;
    if (p->offset)
        cvr_ccp_distances(p, c->w, c->p, t, c->y, sums);
    else
        sums[0] = cvr_relu_distance2(c->w, c->p, t, c->y);
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, sums, p->offset ? 2 : 1));
    CVR_TRY(cvr_heed(p->problem->comm));
    cvr_copy(s->Abs, u);
    *F = sums[0] - sums[1] * sums[1] / rows +
         cvr_terms_penalty(s->Abs, p->graph.L1, s->one);
    *rise = -sums[1] / rows;
done:
    return status;
}

static void raise_offset(newton *s, int64_t c, double by)
{
    if (!s->ccp->offset)
        return;
    cvr_ccp_set_offset(s->ccp, c, s->ccp->b[c] + by);
    follow_offset(s, c);
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
        double rise = 0;
        column c = column_at(s, j);
        CVR_TRY(evaluate(s, &c, c.u, 0, &s->F[j], &rise));
        raise_offset(s, j, rise);
        CVR_TRY(change_sides(s, &c, c.w));
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
    const cvr_ccp *p = s->ccp;
    int64_t d = p->d;
    double rows = (double)p->problem->rows;
    double sum = cvr_dot(c->y, cvr_mat_cols(p->X, d - 1, 1));
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, &sum, 1));
    if (cvr_get(c->H, d - 1, d - 1) >= rows)
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
    column c = column_at(s, j), joint = c;
    double before = s->F[j], t = 0, rise = 0;
    cvr_status status = CVR_OK;
    if (s->ccp->offset)
        CVR_TRY(join_offset(s, &joint));
    cvr_copy(s->Trial, c.u);
    cvr_lasso(s->Trial, joint.H, s->ccp->graph.L1, s->Work);
    cvr_copy(s->Abs, s->Trial);
    cvr_axpby(s->Abs, -1, c.u, 1);
    cvr_gemm(c.p, 1, CVR_N, s->ccp->X, CVR_N, s->Abs, 0);
    CVR_TRY(search(s, &c, &s->F[j], &t, &rise));
    s->stalled[j] = before - s->F[j] <= cvr_ccp_small(s->ccp) * before;
    if (t == 0)
        return CVR_OK;
    cvr_copy(c.u, s->Trial);
    cvr_axpby(c.w, t, c.p, 1);
    raise_offset(s, j, rise);
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
    int64_t d = ccp->d, D = d + 1, rows = batch_rows(ccp), beside = ccp->offset ? D : 0;
    struct {
        cvr_mat *A;
        int64_t rows, cols;
    } all[] = {{&s->Change, D, D}, {&s->All, D, D * ccp->C}, {&s->U, d, ccp->C},
               {&s->Trial, d, 1},  {&s->Abs, d, 1},          {&s->zero, d, 1},
               {&s->one, 1, 1},    {&s->P, rows, D},         {&s->Joint, beside, beside},
               {&s->g, beside, 1}};
    cvr_status status = CVR_OK;
    s->ccp = ccp;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CVR_TRY(cvr_mat_new(ccp->X.on, ccp->X.type, all[i].rows, all[i].cols, all[i].A));
    CVR_TRY(cvr_mat_new(ccp->X.on, CVR_DOUBLE, d, d + 3, &s->Work));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->F, "objectives", (void **)&s->F));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->stalled, "flags", (void **)&s->stalled));
    CVR_TRY(cvr_alloc(ccp->C, sizeof *s->at, "offsets", (void **)&s->at));
done:
    return status;
}

static void keep(void *state, cvr_archive *k)
{
    newton *s = state;
    cvr_archive_mat(k, "U", s->U);
    cvr_archive_mat(k, "H", s->All);
    cvr_archive_reals(k, "F", s->F, s->ccp->C);
    cvr_archive_reals(k, "at", s->at, s->ccp->C);
    for (int64_t j = 0; j < s->ccp->C; j++) {
        cvr_archive_push(k, "output", (int)j + 1);
        cvr_archive_switch(k, "stalled", &s->stalled[j]);
        cvr_archive_pop(k);
    }
}

static void teardown(void *state)
{
    newton *s = state;
    CVR_MATS_FREE(&s->Change, &s->All, &s->U, &s->Trial, &s->Abs, &s->zero, &s->one,
                  &s->P, &s->Work, &s->Joint, &s->g);
    cvr_release(s->at);
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
