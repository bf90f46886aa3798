/* M = 1 + kappa |x_k|^2 + (g / rho) (X o X)'D_i, one product: diag(A), and a little more
   with a free bias (Feng, Shah and Abraham 2023). */
#include "convex/primal.h"
#include "linalg/mats.h"
#include "parallel/comm.h"

typedef struct diagonal {
    cvr_mat inverse; /* 1 / M, d x P */
    cvr_mat squares; /* X o X of some rows, so that no second X is held */
} diagonal;

static void lay_out(cvr_primal *u, cvr_workspace *w)
{
    enum { BLOCK = 1024 };
    const cvr_program *p = u->system->p;
    diagonal *s = u->M;
    CVR_LAY_SCRATCH(w, p->d, p->P, &s->inverse);
    CVR_LAY_SCRATCH(w, p->n < BLOCK ? p->n : BLOCK, p->d, &s->squares);
}

/* M = 1 + (X o X)'(kappa + (g / rho) D), in blocks of rows. */
static cvr_status build(cvr_primal *u)
{
    const cvr_system *system = u->system;
    const cvr_program *p = system->p;
    diagonal *s = u->M;
    int64_t block = s->squares.rows;
    cvr_mat T = cvr_mat_cols(p->T, 0, p->P);
    cvr_status status = CVR_OK;
    cvr_fill(T, system->kappa);
    cvr_axpby(T, system->g / system->rho, p->D, 1);
    cvr_fill(s->inverse, cvr_comm_rank(p->comm) == 0 ? 1 : 0);
    for (int64_t i = 0; i < p->n; i += block) {
        cvr_mat X = cvr_mat_rows(p->X, i, block),
                part = cvr_mat_rows(s->squares, 0, X.rows);
        cvr_square(part, X);
        cvr_gemm(s->inverse, 1, CVR_T, part, CVR_N, cvr_mat_rows(T, i, block), 1);
    }
    CVR_TRY(cvr_allreduce(p->comm, s->inverse));
    cvr_reciprocal(s->inverse, 0);
done:
    return status;
}

static cvr_status apply(void *ctx, cvr_mat Y, cvr_mat X)
{
    cvr_primal *u = ctx;
    int64_t P = u->system->p->P;
    cvr_copy(Y, X);
    for (int64_t j = 0; j < Y.cols; j += P)
        cvr_hadamard(cvr_mat_cols(Y, j, P), ((diagonal *)u->M)->inverse);
    return CVR_OK;
}

const cvr_preconditioner cvr_precondition_diagonal = {
    .state_size = sizeof(diagonal), .lay_out = lay_out, .build = build, .apply = apply};
