/* Offsets: f = max(0, x'u) + b, a constant b for each output without a penalty.

       F(u, b) = lambda |u|_1 + sum_p omega_p ( max(0, x_p'u) + b - y_p )^2

   With b fixed it is the problem of the targets y - b, which is what the algorithms work
   on; for fixed u the best b is the mean of y - max(0, Xu). Intercept and offset are
   nearly the same where most rows are active, so they take a Newton step together. With A
   the rows with w = x'u >= 0 the other rows ask for b, and A asks for b and the intercept
   u0, so

       db  = mean of y - b over the others,
       du0 = mean of y - b - w over A, less db,

   halved until F falls, after b alone has taken its best value: only at a breakpoint of
   the terms may that be left to gain. */
#include "ccp/offset.h"

#include "linalg/ops.h"
#include "parallel/comm.h"

cvr_status cvr_ccp_offset_lay_out(cvr_ccp *p, cvr_workspace *w)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_lay_array(w, (void **)&p->b, p->C, sizeof *p->b));
    cvr_lay_reals(w, "offsets", p->b, p->C);
    CVR_LAY_SCRATCH(w, p->X.rows, p->C, &p->Y);
    CVR_LAY_SCRATCH(w, p->X.rows, 1, &p->h);
    CVR_LAY_SCRATCH(w, p->C, 1, &p->B);
    CVR_LAY_SCRATCH(w, p->d, 1, &p->sums);
done:
    return status;
}

static cvr_mat ones(const cvr_ccp *p)
{
    return cvr_mat_cols(p->X, p->d - 1, 1);
}

cvr_status cvr_ccp_offset_begin(cvr_ccp *p)
{
    cvr_gemm(p->sums, 1, CVR_T, p->X, CVR_N, ones(p), 0);
    return cvr_allreduce(p->problem->comm, p->sums);
}

void cvr_ccp_set_offset(cvr_ccp *p, int64_t c, double b)
{
    cvr_mat minus = cvr_mat_part(p->B, c, 0, 1, 1), y = cvr_mat_cols(p->Y, c, 1);
    cvr_set(p->B, c, 0, -b);
    p->b[c] = -cvr_get(p->B, c, 0);
    cvr_copy(y, cvr_mat_cols(p->T, c, 1));
    if (p->root.data)
        cvr_axpby(y, -p->b[c], ones(p), 1);
    else
        cvr_add_row(y, minus);
}

void cvr_ccp_distances(const cvr_ccp *p, cvr_mat w, cvr_mat q, double t, cvr_mat y,
                       double sums[2])
{
    cvr_copy(p->h, w);
    if (t != 0)
        cvr_axpby(p->h, t, q, 1);
    cvr_relu(p->h);
    sums[0] = cvr_distance2(p->h, y);
    sums[1] = cvr_dot(p->h, ones(p)) - cvr_dot(y, ones(p));
}

cvr_status cvr_ccp_best_offset(cvr_ccp *p, cvr_mat W)
{
    double rows = p->total;
    cvr_status status = CVR_OK;
    for (int64_t c = 0; c < p->C; c++) {
        double sums[2];
        cvr_ccp_distances(p, cvr_mat_cols(W, c, 1), (cvr_mat){0}, 0,
                          cvr_mat_cols(p->Y, c, 1), sums);
        CVR_TRY(cvr_allreduce_sum(p->problem->comm, &sums[1], 1));
        cvr_ccp_set_offset(p, c, p->b[c] - sums[1] / rows);
    }
done:
    return status;
}

/* One output: w = X u, y = Y, and its step. */
typedef struct pair {
    int64_t c;
    cvr_mat w, y;
    double du, db;
} pair;

/* Newton's step, where w >= 0 counts as active. */
static cvr_status newton_step(cvr_ccp *p, pair *s)
{
    double rows = p->total;
    cvr_gate(p->h, s->w);
    if (p->root.data)
        cvr_hadamard(p->h, ones(p));
    double x[] = {cvr_dot(p->h, ones(p)), cvr_dot(p->h, s->y), cvr_dot(p->h, s->w),
                  cvr_dot(s->y, ones(p))};
    cvr_status status = cvr_allreduce_sum(p->problem->comm, x, 4);
    double active = x[0], others = rows - active;
    s->db = others > 0 ? (x[3] - x[1]) / others : 0;
    s->du = active > 0 ? (x[1] - x[2]) / active - s->db : 0;
    return status;
}

/* b alone, to its best value: F falls by N times the square of the change. */
static cvr_status optimise_offset(cvr_ccp *p, const pair *s, double *fall)
{
    double rows = p->total, sums[2];
    cvr_status status = CVR_OK;
    cvr_ccp_distances(p, s->w, ones(p), 0, s->y, sums);
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, sums, 2));
    cvr_ccp_set_offset(p, s->c, p->b[s->c] - sums[1] / rows);
    *fall = sums[1] * sums[1] / rows;
done:
    return status;
}

/* The longest of 1, 1/2, 1/4 ... of the step by which F falls; t = 0: by none of them. */
static cvr_status search_line(cvr_ccp *p, pair *s, double *fall, double *t)
{
    enum { HALVINGS = 12 };
    double at = p->b[s->c], before[2], after[2] = {0};
    cvr_status status = CVR_OK;
    cvr_ccp_distances(p, s->w, ones(p), 0, s->y, before);
    CVR_TRY(cvr_allreduce_sum(p->problem->comm, before, 1));
    *t = 1;
    for (int k = 0; k < HALVINGS; k++, *t /= 2) {
        cvr_ccp_set_offset(p, s->c, at + *t * s->db);
        cvr_ccp_distances(p, s->w, ones(p), *t * s->du, s->y, after);
        CVR_TRY(cvr_allreduce_sum(p->problem->comm, after, 1));
        if (after[0] < before[0]) {
            *fall += before[0] - after[0];
            return CVR_OK;
        }
    }
    cvr_ccp_set_offset(p, s->c, at);
    *t = 0;
done:
    return status;
}

cvr_status cvr_ccp_offset_step(cvr_ccp *p, cvr_mat U, double *F, double *du)
{
    cvr_status status = CVR_OK;
    cvr_gemm(p->P, 1, CVR_N, p->X, CVR_N, U, 0);
    for (int64_t c = 0; c < p->C; c++) {
        pair s = {.c = c, .w = cvr_mat_cols(p->P, c, 1), .y = cvr_mat_cols(p->Y, c, 1)};
        double fall = 0, t = 0, u0 = cvr_get(U, p->d - 1, c);
        CVR_TRY(optimise_offset(p, &s, &fall));
        CVR_TRY(newton_step(p, &s));
        CVR_TRY(search_line(p, &s, &fall, &t));
        F[c] -= fall;
        cvr_set(U, p->d - 1, c, u0 + t * s.du);
        du[c] = cvr_get(U, p->d - 1, c) - u0;
    }
done:
    return status;
}
