/* Randomised Nystrom approximations N of rank r:

   nystrom-pcg         M = I + N,           N ~ A - I
   block-nystrom-pcg   M = L (I + N) L',    N ~ L^{-1} (g / rho) F'J F L^{-T},   K = L L'

   Sources: Feng, Shah and Abraham 2023 (the first); ours (the second). */
#include "convex/primal.h"
#include "linalg/nystrom.h"
#include "linalg/ops.h"

typedef struct sketch {
    cvr_nystrom nystrom; /* of dimension d P */
    cvr_mat W;           /* d x P r, while the sketch is made; d x C P after */
} sketch;

/* Columns of a d x k P matrix as k vectors of d P. */
static cvr_mat stacked(const cvr_program *p, cvr_mat A)
{
    return cvr_mat_reshape(A, p->d * p->P, A.cols / p->P);
}

static cvr_mat unstacked(const cvr_program *p, cvr_mat A)
{
    return cvr_mat_reshape(A, p->d, A.cols * p->P);
}

static void lay_out(cvr_primal *u, cvr_workspace *w)
{
    const cvr_program *p = u->system->p;
    sketch *s = u->M;
    int64_t size = p->d * p->P, rank = cvr_convex_options_of(p->problem)->nystrom_rank;
    rank = rank < size ? rank : size;
    CVR_LAY_SCRATCH(w, p->d, p->P * (rank > p->C ? rank : p->C), &s->W);
    CVR_LAY_SCRATCH(w, size, rank, &s->nystrom.U, &s->nystrom.Q);
    CVR_LAY_SCRATCH(w, rank, 1, &s->nystrom.s, &s->nystrom.c);
    CVR_LAY_SCRATCH(w, rank, p->C, &s->nystrom.W);
    CVR_LAY_SCRATCH(w, rank, rank, &s->nystrom.C);
}

/* B = op(L)^{-1} B. */
static void by_factor(const cvr_system *system, cvr_trans side, cvr_mat B)
{
    if (system->g == 2)
        cvr_trsm(system->K, side, B);
}

/* A - I. */
static cvr_status whole(void *ctx, cvr_mat Y, cvr_mat X)
{
    cvr_primal *u = ctx;
    const cvr_program *p = u->system->p;
    cvr_status status = cvr_system_apply(u->system, unstacked(p, Y), unstacked(p, X));
    cvr_axpby(Y, -1, X, 1);
    return status;
}

/* L^{-1} (g / rho) F'J F L^{-T}. */
static cvr_status whitened(void *ctx, cvr_mat Y, cvr_mat X)
{
    cvr_primal *u = ctx;
    const cvr_program *p = u->system->p;
    cvr_mat W = cvr_mat_cols(((sketch *)u->M)->W, 0, X.cols * p->P);
    cvr_copy(W, unstacked(p, X));
    by_factor(u->system, CVR_T, W);
    cvr_status status = cvr_system_couple(u->system, unstacked(p, Y), W);
    by_factor(u->system, CVR_N, unstacked(p, Y));
    return status;
}

static cvr_status form(cvr_primal *u, cvr_apply operator)
{
    const cvr_problem *q = u->system->p->problem;
    sketch *s = u->M;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_allreduce_status(q->comm, cvr_nystrom_draw(&s->nystrom, q->seed)));
    status = cvr_nystrom_form(&s->nystrom, operator, u);
    CVR_TRY(cvr_allreduce_status(q->comm, status));
done:
    return status;
}

static cvr_status build_whole(cvr_primal *u)
{
    return form(u, whole);
}

static cvr_status build_block(cvr_primal *u)
{
    return form(u, whitened);
}

static cvr_status apply_whole(void *ctx, cvr_mat Y, cvr_mat X)
{
    cvr_primal *u = ctx;
    const cvr_program *p = u->system->p;
    cvr_nystrom_apply(&((sketch *)u->M)->nystrom, 1, stacked(p, Y), stacked(p, X));
    return CVR_OK;
}

/* L^{-T} (I + N)^{-1} L^{-1}. */
static cvr_status apply_block(void *ctx, cvr_mat Y, cvr_mat X)
{
    cvr_primal *u = ctx;
    cvr_mat W = cvr_mat_cols(((sketch *)u->M)->W, 0, X.cols);
    cvr_copy(W, X);
    by_factor(u->system, CVR_N, W);
    cvr_status status = apply_whole(u, Y, W);
    by_factor(u->system, CVR_T, Y);
    return status;
}

static double flops(const cvr_program *p)
{
    double rank = (double)cvr_convex_options_of(p->problem)->nystrom_rank;
    double n = (double)p->problem->rows, d = (double)p->d, P = (double)p->P;
    return 4 * n * d * P * rank + 10 * d * P * rank * rank;
}

const cvr_preconditioner cvr_precondition_nystrom = {.state_size = sizeof(sketch),
                                                     .lay_out = lay_out,
                                                     .build = build_whole,
                                                     .apply = apply_whole,
                                                     .flops = flops};
const cvr_preconditioner cvr_precondition_block_nystrom = {.state_size = sizeof(sketch),
                                                           .lay_out = lay_out,
                                                           .build = build_block,
                                                           .apply = apply_block,
                                                           .flops = flops};
