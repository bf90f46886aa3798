/* The u-step by preconditioned conjugate gradients, warm-started from the last iteration.

   cg               no preconditioner
   diag-pcg         1 + kappa |x_k|^2 + (g / rho) (X o X)'D_i  (one product): diag(A), and
                    a little more with a free bias
   nystrom-pcg      randomised Nystrom approximation of A - I, rank r
   block-pcg        K, the block that all patterns share (one potrs)
   block-nystrom    K = L L' and a Nystrom approximation of L^{-1} (g / rho) F'F L^{-T}
   Sources: Feng, Shah and Abraham 2023 (diagonal, Nystrom); ours (block, block-nystrom).
 */
#include "base/bytes.h"
#include "convex/system.h"
#include "linalg/cg.h"
#include "linalg/mats.h"
#include "linalg/nystrom.h"

typedef struct pcg {
    const cvr_system *system;
    cvr_apply precondition; /* or NULL */
    cvr_cg work;
    cvr_mat diagonal;    /* 1 / diag(A), d x P */
    cvr_mat squares;     /* X o X of some rows */
    cvr_nystrom nystrom; /* of dimension d P */
    cvr_mat sketch;      /* d x P r, while the sketch is made; d x C P after */
} pcg;

/* Columns of a d x k P matrix as k vectors of d P. */
static cvr_mat stacked(const cvr_program *p, cvr_mat A)
{
    return cvr_mat_reshape(A, p->d * p->P, A.cols / p->P);
}

static cvr_mat unstacked(const cvr_program *p, cvr_mat A)
{
    return cvr_mat_reshape(A, p->d, A.cols * p->P);
}

/* ---- preconditioners: Y = M^{-1} X, d x C P ------------------------------------------
 */

static cvr_status by_diagonal(void *ctx, cvr_mat Y, cvr_mat X)
{
    pcg *s = ctx;
    int64_t P = s->system->p->P;
    cvr_copy(Y, X);
    for (int64_t j = 0; j < Y.cols; j += P)
        cvr_hadamard(cvr_mat_cols(Y, j, P), s->diagonal);
    return CVR_OK;
}

static cvr_status by_block(void *ctx, cvr_mat Y, cvr_mat X)
{
    pcg *s = ctx;
    cvr_copy(Y, X);
    cvr_system_solve_block(s->system, Y);
    return CVR_OK;
}

static cvr_status by_nystrom(void *ctx, cvr_mat Y, cvr_mat X)
{
    pcg *s = ctx;
    const cvr_program *p = s->system->p;
    cvr_nystrom_apply(&s->nystrom, 1, stacked(p, Y), stacked(p, X));
    return CVR_OK;
}

static void by_factor(const cvr_system *system, cvr_trans side, cvr_mat B)
{
    if (system->g == 2)
        cvr_trsm(system->K, side, B);
}

/* L^{-T} N^{-1} L^{-1}. */
static cvr_status by_block_nystrom(void *ctx, cvr_mat Y, cvr_mat X)
{
    pcg *s = ctx;
    const cvr_program *p = s->system->p;
    cvr_mat W = cvr_mat_cols(s->sketch, 0, X.cols);
    cvr_copy(W, X);
    by_factor(s->system, CVR_N, W);
    cvr_nystrom_apply(&s->nystrom, 1, stacked(p, Y), stacked(p, W));
    by_factor(s->system, CVR_T, Y);
    return CVR_OK;
}

/* ---- factor: what the preconditioners need ------------------------------------------
 */

/* 1 / diag(A), diag(A) = 1 + (X o X)'(kappa + (g / rho) D), in blocks of rows, so that no
   second X is held. */
static cvr_status factor_diagonal(void *state, const cvr_system *system)
{
    pcg *s = state;
    const cvr_program *p = system->p;
    int64_t block = s->squares.rows;
    cvr_mat T = cvr_mat_cols(p->T, 0, p->P);
    cvr_status status = CVR_OK;
    s->system = system;
    cvr_fill(T, system->kappa);
    cvr_axpby(T, system->g / system->rho, p->D, 1);
    cvr_fill(s->diagonal, cvr_comm_rank(p->comm) == 0 ? 1 : 0);
    for (int64_t i = 0; i < p->n; i += block) {
        cvr_mat X = cvr_mat_rows(p->X, i, block),
                part = cvr_mat_rows(s->squares, 0, X.rows);
        cvr_square(part, X);
        cvr_gemm(s->diagonal, 1, CVR_T, part, CVR_N, cvr_mat_rows(T, i, block), 1);
    }
    CVR_TRY(cvr_allreduce(p->comm, s->diagonal));
    cvr_reciprocal(s->diagonal, 0);
done:
    return status;
}

static cvr_status factor_none(void *state, const cvr_system *system)
{
    ((pcg *)state)->system = system;
    return CVR_OK;
}

/* A - I. */
static cvr_status whole(void *ctx, cvr_mat Y, cvr_mat X)
{
    pcg *s = ctx;
    const cvr_program *p = s->system->p;
    cvr_status status = cvr_system_apply(s->system, unstacked(p, Y), unstacked(p, X));
    cvr_axpby(Y, -1, X, 1);
    return status;
}

/* L^{-1} (g / rho) F'J F L^{-T}. */
static cvr_status whitened(void *ctx, cvr_mat Y, cvr_mat X)
{
    pcg *s = ctx;
    const cvr_program *p = s->system->p;
    cvr_mat W = cvr_mat_cols(s->sketch, 0, X.cols * p->P);
    cvr_copy(W, unstacked(p, X));
    by_factor(s->system, CVR_T, W);
    cvr_status status = cvr_system_couple(s->system, unstacked(p, Y), W);
    by_factor(s->system, CVR_N, unstacked(p, Y));
    return status;
}

static cvr_status begin_sketch(pcg *s)
{
    const cvr_program *p = s->system->p;
    int64_t size = p->d * p->P,
            rank = cvr_settings_integer(p->problem->settings, "nystrom-rank");
    cvr_status status = CVR_OK;
    rank = rank < size ? rank : size;
    CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->P * (rank > p->C ? rank : p->C),
                        &s->sketch));
    CVR_TRY(cvr_nystrom_begin(p->X.on, p->X.type, size, rank, p->C, p->problem->seed,
                              &s->nystrom));
done:
    return status;
}

static cvr_status sketch(pcg *s, const cvr_system *system, cvr_apply operator)
{
    cvr_status status = CVR_OK;
    s->system = system;
    cvr_nystrom_free(&s->nystrom);
    cvr_mat_free(&s->sketch);
    CVR_TRY(cvr_allreduce_status(system->p->comm, begin_sketch(s)));
    CVR_TRY(cvr_allreduce_status(system->p->comm,
                                 cvr_nystrom_form(&s->nystrom, operator, s)));
done:
    return status;
}

static cvr_status factor_nystrom(void *state, const cvr_system *system)
{
    return sketch(state, system, whole);
}

static cvr_status factor_block_nystrom(void *state, const cvr_system *system)
{
    return sketch(state, system, whitened);
}

/* ---- solving --------------------------------------------------------------------------
 */

static cvr_status multiply(void *ctx, cvr_mat Y, cvr_mat X)
{
    return cvr_system_apply(((pcg *)ctx)->system, Y, X);
}

static cvr_status solve(void *state, cvr_system *system, cvr_mat B, cvr_mat delta,
                        double tolerance)
{
    pcg *s = state;
    cvr_cg_system equations = {multiply, s->precondition, s, .energy = true,
                               .below = s->precondition == by_block};
    cvr_cg_result result;
    cvr_status status = cvr_cg_solve(&s->work, &equations, delta, B, tolerance,
                                     (int)system->limit, &result);
    system->inner = result.iterations;
    return status;
}

static cvr_status take(pcg *s, const cvr_system *system, cvr_apply precondition)
{
    enum { BLOCK = 1024 };
    const cvr_program *p = system->p;
    cvr_status status = CVR_OK;
    s->system = system;
    s->precondition = precondition;
    CVR_TRY(cvr_cg_new(p->X.on, p->X.type, p->d, p->C * p->P, &s->work));
    if (precondition == by_diagonal) {
        CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->d, p->P, &s->diagonal));
        CVR_TRY(cvr_mat_new(p->X.on, p->X.type, p->n < BLOCK ? p->n : BLOCK, p->d,
                            &s->squares));
    }
done:
    return status;
}

static void teardown(void *state)
{
    pcg *s = state;
    cvr_cg_free(&s->work);
    CVR_MATS_FREE(&s->diagonal, &s->squares, &s->sketch);
    cvr_nystrom_free(&s->nystrom);
}

static int64_t bytes(const cvr_program *p)
{
    return cvr_mat_bytes(p->X.type, p->d, cvr_times(5, p->C * p->P));
}

/* The basis and the sketch. */
static int64_t bytes_nystrom(const cvr_program *p)
{
    int64_t rank = cvr_settings_integer(p->problem->settings, "nystrom-rank");
    return bytes(p) + cvr_mat_bytes(p->X.type, cvr_times(p->d, p->P), cvr_times(3, rank));
}

static double flops(const cvr_program *p)
{
    double d = (double)p->d;
    return d * d * d / 3;
}

static double flops_nystrom(const cvr_program *p)
{
    double rank = (double)cvr_settings_integer(p->problem->settings, "nystrom-rank");
    double n = (double)p->problem->rows, d = (double)p->d, P = (double)p->P;
    return flops(p) + 4 * n * d * P * rank + 10 * d * P * rank * rank;
}

#define SETUP(name, precondition)                                                        \
    static cvr_status name(void *state, const cvr_system *system)                        \
    {                                                                                    \
        return take(state, system, precondition);                                        \
    }
SETUP(setup_none, NULL)
SETUP(setup_diagonal, by_diagonal)
SETUP(setup_nystrom, by_nystrom)
SETUP(setup_block, by_block)
SETUP(setup_block_nystrom, by_block_nystrom)

#define CG(id, text, set, fact, memory, work)                                            \
    const cvr_primal cvr_primal_##id = {.name = text,                                    \
                                        .state_size = sizeof(pcg),                       \
                                        .setup = set,                                    \
                                        .factor = fact,                                  \
                                        .solve = solve,                                  \
                                        .teardown = teardown,                            \
                                        .bytes = memory,                                 \
                                        .flops = work}
CG(cg, "cg", setup_none, factor_none, bytes, flops);
CG(diag_pcg, "diag-pcg", setup_diagonal, factor_diagonal, bytes, flops);
CG(nystrom_pcg, "nystrom-pcg", setup_nystrom, factor_nystrom, bytes_nystrom,
   flops_nystrom);
CG(block_pcg, "block-pcg", setup_block, factor_none, bytes, flops);
CG(block_nystrom_pcg, "block-nystrom-pcg", setup_block_nystrom, factor_block_nystrom,
   bytes_nystrom, flops_nystrom);
